import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { nextPosition, type TemplateViewRow, templateViews } from '../../store/template-views.ts'
import { templates } from '../../store/templates.ts'
import { projectOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Count, Id, Maybe, Name, Nullable, PathIds } from '../fields.ts'
import { recorder } from '../record.ts'
import { resourceRoutes } from '../resource.ts'
import { TemplateView, templateViewsOf } from '../template-view.ts'

const Kind = Type.Enum(['', 'all'])
const Flag = Maybe(Type.Boolean())
const Body = Type.Object({
  ...PathIds,
  title: Name,
  /** Behind the others if none is given. */
  position: Maybe(Count),
  hidden: Flag,
  type: Maybe(Kind),
  sort_column: Maybe(Type.Enum(['', 'name'])),
  sort_reverse: Flag,
})
const View = Type.Object({
  id: Id,
  project_id: Id,
  title: Name,
  position: Count,
  hidden: Type.Boolean(),
  type: Kind,
  sort_column: Nullable(Type.Literal('name')),
  sort_reverse: Type.Boolean(),
})
/** By id. */
const Positions = Type.Record(Type.String({ pattern: '^[1-9][0-9]{0,14}$' }), Count, {
  additionalProperties: false,
})
const all = '/api/project/:project_id/views'
const tags = ['views']

export function viewRoutes(app: App, context: HttpContext): void {
  const { store } = context
  const record = recorder(context)

  resourceRoutes(app, context, {
    path: 'views',
    noun: 'view',
    body: Body,
    view: View,
    table: templateViews,
    sorts: { position: 'position', title: 'name' },
    show: async (_db, rows) => rows.map(({ name, ...row }) => ({ ...row, title: name })),
    async insert(tx, project, body) {
      const position = body.position ?? (await nextPosition(tx, project))
      return await templateViews.insert(tx, project, columnsOf(body, position))
    },
    async update(tx, row, body) {
      const position = body.position ?? row.position
      await templateViews.update(tx, row.project_id, row.id, columnsOf(body, position))
    },
  })

  app.post(
    `${all}/positions`,
    {
      config: { access: 'project:manage' },
      schema: {
        tags,
        summary: 'Order the views: an object of ids and positions',
        body: Positions,
      },
    },
    async (request, reply) => {
      const project = projectOf(request).id
      await store.commit(async (tx) => {
        for (const [id, position] of Object.entries(request.body)) {
          const row = await templateViews.find(tx.db, project, Number(id))
          if (row === undefined) throw new AppError('not_found', `view ${id}: not found`)
          await templateViews.update(tx, project, row.id, { position })
        }
        await record(tx, request, { type: 'view', id: null, done: 'ordered anew' })
      })
      return reply.status(204).send()
    },
  )

  app.get(
    `${all}/:id/templates`,
    {
      config: { access: 'project:read' },
      schema: {
        tags,
        summary: 'List: templates of a view',
        params: Type.Object({ project_id: Id, id: Id }),
        response: { 200: Type.Array(TemplateView) },
      },
    },
    async (request, reply) => {
      const project = projectOf(request).id
      const view = await templateViews.find(store.read, project, request.params.id)
      if (view === undefined) {
        throw new AppError('not_found', `view ${request.params.id}: not found`)
      }
      const rows = await templates.list(store.read, project, {
        column: view.sort_column ?? 'name',
        descending: view.sort_reverse,
      })
      const shown = rows.filter(({ view_id }) => view.type === 'all' || view_id === view.id)
      return reply.send(await templateViewsOf(store.read, shown))
    },
  )
}

function columnsOf(
  { title, hidden, type, sort_column, sort_reverse }: Type.Static<typeof Body>,
  position: number,
): Omit<TemplateViewRow, 'id' | 'project_id'> {
  return {
    name: title,
    position,
    hidden: hidden ?? false,
    type: type ?? '',
    sort_column: sort_column || null,
    sort_reverse: sort_reverse ?? false,
  }
}

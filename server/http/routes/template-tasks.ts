/** The tasks of one template. */
import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { stopTasksOf } from '../../dispatch/stop-task.ts'
import { listTasks } from '../../store/tasks.ts'
import { templates } from '../../store/templates.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id } from '../fields.ts'
import { linkNext, pageQuery } from '../paging.ts'
import { recorder } from '../record.ts'
import { TaskView, taskViews } from '../task-view.ts'

const Path = Type.Object({ project_id: Id, id: Id })
const tags = ['templates']
const one = '/api/project/:project_id/templates/:id'

export function templateTaskRoutes(app: App, context: HttpContext): void {
  const { store, clock } = context
  const record = recorder(context)

  for (const [url, most] of [
    [`${one}/tasks`, 1000],
    [`${one}/tasks/last`, 200],
  ] as const) {
    app.get(
      url,
      {
        config: { access: 'project:read' },
        schema: {
          tags,
          summary: `Tasks of a template, newest first; ${most} unless "limit" says otherwise`,
          params: Path,
          querystring: Type.Object(pageQuery(10_000)),
          response: { 200: Type.Array(TaskView) },
        },
      },
      async (request, reply) => {
        const template_id = await existingTemplate(context, request.params)
        const { before, limit = most } = request.query
        const rows = await listTasks(store.read, { template_id }, { before, limit })
        linkNext(request, reply, { rows, limit })
        return reply.send(await taskViews(store.read, rows))
      },
    )
  }

  app.post(
    `${one}/stop_all_tasks`,
    {
      config: { access: 'project:run' },
      schema: {
        tags,
        summary: 'Stop what of a template waits or runs; "force" kills it at once',
        params: Path,
        body: Type.Object({ force: Type.Optional(Type.Boolean()) }),
      },
    },
    async (request, reply) => {
      const template = await existingTemplate(context, request.params)
      const { force = false } = request.body
      const done = force ? 'stopped by force' : 'told to stop'
      await stopTasksOf(
        store,
        template,
        { force, now: clock.now() },
        (task) => (tx) => record(tx, request, { type: 'task', id: task, done }),
      )
      return reply.status(204).send()
    },
  )
}

/** @throws AppError `not_found`, also if it is one of another project */
async function existingTemplate(
  { store }: HttpContext,
  { project_id, id }: Type.Static<typeof Path>,
): Promise<number> {
  if ((await templates.find(store.read, project_id, id)) !== undefined) return id
  throw new AppError('not_found', `template ${id}: not found`)
}

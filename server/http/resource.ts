/** The five routes of everything that belongs to a project: list, create, get, update, delete. */
import type { FastifySchema } from 'fastify'
import Type from 'typebox'
import { AppError } from '../../lib/errors.ts'
import type { Tx } from '../store/commit.ts'
import type { Knex, OwnedRow, OwnedTable } from '../store/owned.ts'
import { type Reference, referenceLine } from '../store/references.ts'
import { projectOf } from './access.ts'
import type { App } from './app.ts'
import type { HttpContext } from './context.ts'
import { expectSameIds, Id, type PathIds, Text } from './fields.ts'
import { recorder } from './record.ts'

type Body = Type.TObject<typeof PathIds & Type.TProperties>

export interface Resource<Row extends OwnedRow, B extends Body, V extends Type.TObject> {
  /** Segment of the path: /api/project/{project_id}/{path} */
  path: string
  /** One of them, for messages and the documentation. */
  noun: string
  body: B
  view: V
  table: Pick<OwnedTable<Row>, 'list' | 'find' | 'remove'>
  /** What `?sort=` may name -> the column; the first is how a list is sorted without it. */
  sorts: Record<string, string>
  /** Query parameter -> the column that must be as it says. Left out if there are none. */
  filters?: Record<string, keyof Row>
  /** Rows as the API shows them. */
  show(db: Knex, rows: readonly Row[]): Promise<Type.Static<V>[]>
  /** Checks the references and stores it. @returns the new id */
  insert(tx: Tx, project: number, body: Type.Static<B>): Promise<number>
  update(tx: Tx, row: Row, body: Type.Static<B>): Promise<void>
  /** What still refers to the row: then it cannot be deleted. Left out if nothing ever does. */
  references?(db: Knex, row: Row): Promise<Reference[]>
}

const Query = Type.Object({
  sort: Type.Optional(Type.String()),
  order: Type.Optional(Type.Enum(['asc', 'desc'])),
})
const OnePath = Type.Object({ project_id: Id, id: Id })
const Referring = Type.Array(Type.Object({ id: Id, name: Text }))
const References = Type.Object({
  templates: Referring,
  inventories: Referring,
  repositories: Referring,
  schedules: Referring,
  integrations: Referring,
  access_keys: Referring,
})

export function resourceRoutes<Row extends OwnedRow, B extends Body, V extends Type.TObject>(
  app: App,
  context: HttpContext,
  resource: Resource<Row, B, V>,
): void {
  const { store } = context
  app.resources.add(resource)
  const { path, noun, table, sorts, filters = {}, references } = resource
  const record = recorder(context)
  /** In events a thing is named by the last word of its noun: an access key is a key, as in Semaphore. */
  const type = noun.split(' ').at(-1) as string
  const all = `/api/project/:project_id/${path}`
  const one = `${all}/:id`
  /** Typed as FastifySchema: inference cannot follow schemas that are type parameters. */
  const schema = (verb: string, parts: FastifySchema): FastifySchema => ({
    tags: [path],
    summary: `${verb}: ${noun}`,
    ...parts,
  })
  const read = { access: 'project:read' } as const
  const manage = { access: 'project:manage' } as const

  async function existing(db: Knex, project: number, id: number): Promise<Row> {
    const row = await table.find(db, project, id)
    if (row === undefined) throw new AppError('not_found', `${noun} ${id}: not found`)
    return row
  }

  const Filters = Type.Object(
    Object.fromEntries(Object.keys(filters).map((name) => [name, Type.Optional(Text)])),
  )
  const asks = (query: Type.Static<typeof Filters>, row: Row) =>
    Object.entries(filters).every(([name, column]) => !query[name] || query[name] === row[column])

  async function shown(row: Row): Promise<Type.Static<V>> {
    const [view] = await resource.show(store.read, [row])
    return view as Type.Static<V>
  }

  app.get(
    all,
    {
      config: read,
      schema: schema('List', {
        querystring: Type.Object({ ...Query.properties, ...Filters.properties }),
        response: { 200: Type.Array(resource.view) },
      }),
    },
    async (request) => {
      const { sort = '', order, ...rest } = request.query as Type.Static<typeof Query>
      const [byDefault = 'name'] = Object.values(sorts)
      const rows = await table.list(store.read, projectOf(request).id, {
        column: sorts[sort] ?? byDefault,
        descending: order === 'desc',
      })
      const asked = rows.filter((row) => asks(rest, row))
      return await resource.show(store.read, asked)
    },
  )

  app.post(
    all,
    {
      config: manage,
      schema: schema('Create', { body: resource.body, response: { 201: resource.view } }),
    },
    async (request, reply) => {
      const body = request.body as Type.Static<B>
      const project = projectOf(request).id
      expectSameIds(body, { project_id: project })
      const row = await store.commit(async (tx) => {
        const id = await resource.insert(tx, project, body)
        const row = await existing(tx.db, project, id)
        await record(tx, request, { type, id, name: row.name, done: 'created' })
        return row
      })
      return reply.status(201).send(await shown(row))
    },
  )

  app.get(
    one,
    {
      config: read,
      schema: schema('Get', { params: OnePath, response: { 200: resource.view } }),
    },
    async (request, reply) => {
      const { id } = request.params as Type.Static<typeof OnePath>
      const row = await existing(store.read, projectOf(request).id, id)
      return reply.send(await shown(row))
    },
  )

  app.put(
    one,
    {
      config: manage,
      schema: schema('Update', { params: OnePath, body: resource.body }),
    },
    async (request, reply) => {
      const body = request.body as Type.Static<B>
      const project = projectOf(request).id
      const { id } = request.params as Type.Static<typeof OnePath>
      expectSameIds(body, { id, project_id: project })
      await store.commit(async (tx) => {
        await resource.update(tx, await existing(tx.db, project, id), body)
        const { name } = await existing(tx.db, project, id)
        await record(tx, request, { type, id, name, done: 'changed' })
      })
      return reply.status(204).send()
    },
  )

  app.delete(
    one,
    {
      config: manage,
      schema: schema('Delete', { params: OnePath }),
    },
    async (request, reply) => {
      const project = projectOf(request).id
      const { id } = request.params as Type.Static<typeof OnePath>
      await store.commit(async (tx) => {
        const row = await existing(tx.db, project, id)
        const users = ((await references?.(tx.db, row)) ?? []).map(referenceLine)
        if (users.length > 0) {
          throw new AppError('conflict', `${noun} ${row.name} is in use by ${users.join(', ')}`)
        }
        await table.remove(tx, project, row.id)
        await record(tx, request, { type, id, name: row.name, done: 'deleted' })
      })
      return reply.status(204).send()
    },
  )

  if (references === undefined) return
  app.get(
    `${one}/refs`,
    {
      config: read,
      schema: schema('What refers to it', { params: OnePath, response: { 200: References } }),
    },
    async (request, reply) => {
      const { id } = request.params as Type.Static<typeof OnePath>
      const row = await existing(store.read, projectOf(request).id, id)
      return reply.send(referencesOf(await references(store.read, row)))
    },
  )
}

/** As Semaphore has it: of what there is none, an empty list. */
function referencesOf(found: readonly Reference[]): Type.Static<typeof References> {
  const of = (wanted: Reference['kind']) =>
    found.filter(({ kind }) => kind === wanted).map(({ id, name }) => ({ id, name }))
  return {
    templates: of('templates'),
    inventories: of('inventories'),
    repositories: of('repositories'),
    schedules: of('schedules'),
    integrations: of('integrations'),
    access_keys: [],
  }
}

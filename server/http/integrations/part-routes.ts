/** The five routes of everything that belongs to an integration. */
import type { FastifySchema } from 'fastify'
import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import {
  integrations,
  type MatcherRow,
  type PartTable,
  type ValueRow,
} from '../../store/integrations.ts'
import { projectOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id } from '../fields.ts'
import { recorder } from '../record.ts'

const OfOne = Type.Object({ project_id: Id, id: Id })
const OnePart = Type.Object({ project_id: Id, id: Id, part_id: Id })

export interface Part<Row extends MatcherRow | ValueRow, B extends Type.TObject> {
  path: string
  noun: string
  /** Semaphore's `object_type` in events. */
  type: string
  body: B
  view: Type.TObject
  table: PartTable<Row>
  /** Semaphore answers one with 200. */
  created: 200 | 201
  /** @throws AppError `invalid` */
  columns(body: Type.Static<B>): Omit<Row, 'id' | 'integration_id'>
}

export function partRoutes<Row extends MatcherRow | ValueRow, B extends Type.TObject>(
  app: App,
  context: HttpContext,
  part: Part<Row, B>,
): void {
  app.resources.addPart(part)
  const { path, noun, type, body, view, table, created, columns } = part
  const { store } = context
  const record = recorder(context)
  const all = `/api/project/:project_id/integrations/:id/${path}`
  const one = `${all}/:part_id`
  const read = { access: 'project:read' } as const
  const manage = { access: 'project:manage' } as const
  const schema = (verb: string, parts: FastifySchema): FastifySchema => ({
    tags: ['integrations'],
    summary: `${verb}: ${noun} of an integration`,
    ...parts,
  })

  function deedOn(of: { name: string }, { id, name }: { id: number; name: string }, did: string) {
    return { type, id, name, done: `${did}, of integration ${of.name}` }
  }

  async function integrationOf(request: Parameters<typeof projectOf>[0]) {
    const { id } = request.params as Type.Static<typeof OfOne>
    const row = await integrations.find(store.read, projectOf(request).id, id)
    if (row === undefined) throw new AppError('not_found', `integration ${id}: not found`)
    return row
  }

  async function partOf(request: Parameters<typeof projectOf>[0]): Promise<Row> {
    const { id } = await integrationOf(request)
    const { part_id } = request.params as Type.Static<typeof OnePart>
    const row = await table.find(store.read, id, part_id)
    if (row === undefined) throw new AppError('not_found', `${noun} ${part_id}: not found`)
    return row
  }

  app.get(
    all,
    {
      config: read,
      schema: schema('List', { params: OfOne, response: { 200: Type.Array(view) } }),
    },
    async (request, reply) =>
      reply.send(await table.list(store.read, (await integrationOf(request)).id)),
  )

  app.post(
    all,
    {
      config: manage,
      schema: schema('Create', { params: OfOne, body, response: { [created]: view } }),
    },
    async (request, reply) => {
      const integration = await integrationOf(request)
      const row = columns(request.body as Type.Static<B>)
      const part = await store.commit(async (tx) => {
        const id = await table.insert(tx, integration.id, row)
        await record(tx, request, deedOn(integration, { id, ...row }, 'created'))
        return await table.find(tx.db, integration.id, id)
      })
      return reply.status(created).send(part)
    },
  )

  app.get(
    one,
    { config: read, schema: schema('Get', { params: OnePart, response: { 200: view } }) },
    async (request, reply) => reply.send(await partOf(request)),
  )

  app.put(
    one,
    { config: manage, schema: schema('Update', { params: OnePart, body }) },
    async (request, reply) => {
      const { id } = await partOf(request)
      const row = columns(request.body as Type.Static<B>)
      const integration = await integrationOf(request)
      await store.commit(async (tx) => {
        await record(tx, request, deedOn(integration, { id, ...row }, 'changed'))
        await table.update(tx, id, row)
      })
      return reply.status(204).send()
    },
  )

  app.delete(
    one,
    { config: manage, schema: schema('Delete', { params: OnePart }) },
    async (request, reply) => {
      const part = await partOf(request)
      const integration = await integrationOf(request)
      await store.commit(async (tx) => {
        await record(tx, request, deedOn(integration, part, 'deleted'))
        await table.remove(tx, part.id)
      })
      return reply.status(204).send()
    },
  )
}

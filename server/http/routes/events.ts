import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { type EventRow, listEvents } from '../../store/events.ts'
import { actorOf, projectOf } from '../access.ts'
import type { App } from '../app.ts'
import { changesFor } from '../changes.ts'
import type { HttpContext } from '../context.ts'
import { streamEvents } from '../event-stream.ts'
import { Id, iso, Nullable, Text, Time } from '../fields.ts'
import { linkNext, pageQuery } from '../paging.ts'

const View = Type.Object({
  id: Id,
  created: Time,
  project_id: Nullable(Id),
  project_name: Nullable(Text),
  user_id: Nullable(Id),
  username: Text,
  object_type: Text,
  object_id: Nullable(Id),
  object_name: Text,
  description: Text,
})
const most = 1000
const Query = Type.Object(pageQuery(most))
type Query = Type.Static<typeof Query>
const response = { 200: Type.Array(View) }

/** Who did what; and, for whoever asks for a stream of events, what changes. */
export function eventRoutes(app: App, context: HttpContext): void {
  const { store } = context
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  type Scope = Parameters<typeof listEvents>[1]
  const list = async (
    scope: Scope,
    usual: number,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const { before, limit = usual } = request.query as Query
    const rows = await listEvents(store.read, scope, { before, limit })
    linkNext(request, reply, { rows, limit })
    return rows.map(viewOf)
  }
  const visible = (request: FastifyRequest): Scope => {
    const { id, admin } = actorOf(request)
    return admin ? 'all' : { member: id }
  }

  app.get(
    '/api/events',
    {
      config: { access: 'user' },
      exposeHeadRoute: false,
      schema: {
        tags: ['events'],
        summary: `Who did what, newest first; ${most} unless "limit" says otherwise. With "Accept: text/event-stream": a server-sent event "changes" names tasks and runners to look at again`,
        querystring: Query,
        response,
      },
    },
    async (request, reply) => {
      if (!wantsStream(request)) return await list(visible(request), most, request, reply)
      const { id } = actorOf(request)
      return await streamEvents(reply, { context, closing: closing.signal }, (signal) =>
        changesFor(context, id, signal),
      )
    },
  )

  app.get(
    '/api/events/last',
    {
      config: { access: 'user' },
      schema: {
        tags: ['events'],
        summary: 'Who did what last: 200',
        querystring: Query,
        response,
      },
    },
    (request, reply) => list(visible(request), 200, request, reply),
  )

  for (const [url, usual] of [
    ['/api/project/:project_id/events', most],
    ['/api/project/:project_id/events/last', 200],
  ] as const) {
    app.get(
      url,
      {
        config: { access: 'project:read' },
        schema: {
          tags: ['events'],
          summary: `Who did what in a project, newest first; ${usual} unless "limit" says otherwise`,
          querystring: Query,
          response,
        },
      },
      (request, reply) => list({ project: projectOf(request).id }, usual, request, reply),
    )
  }
}

function wantsStream({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/event-stream') ?? false
}

function viewOf(row: EventRow): Type.Static<typeof View> {
  return { ...row, created: iso(row.created) }
}

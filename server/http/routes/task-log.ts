import { Readable } from 'node:stream'
import Type from 'typebox'
import { attemptsOf, type LogPiece, readLines, readLog } from '../../store/chunks.ts'
import type { Knex } from '../../store/owned.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { streamEvents } from '../event-stream.ts'
import { Id, iso } from '../fields.ts'
import { cursorOf, taskEvents } from '../task-events.ts'
import { existing, TaskPath } from './tasks.ts'

const Query = Type.Object({
  /** Only the log of this attempt; else of all, in order. */
  attempt: Type.Optional(Id),
})
const StreamQuery = Type.Object({
  /** As the header Last-Event-ID, which the first request of an EventSource cannot send. */
  last_event_id: Type.Optional(Type.String()),
})
const tags = ['task']
const read = { access: 'project:read' } as const
const one = '/api/project/:project_id/tasks/:task_id'

/** The log of a task: as lines, as it was, and live. None of them ever holds a whole log. */
export function taskLogRoutes(app: App, context: HttpContext): void {
  const { store } = context
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  app.get(
    `${one}/output`,
    {
      config: read,
      schema: { tags, summary: 'The log by lines', params: TaskPath, querystring: Query },
    },
    async (request, reply) => {
      const { id } = await existing(context, request.params)
      const json = outputJson(id, await logsOf(store.read, id, request.query.attempt))
      return reply
        .type('application/json; charset=utf-8')
        .send(Readable.from(json, { objectMode: false }))
    },
  )

  app.get(
    `${one}/raw_output`,
    {
      config: read,
      schema: { tags, summary: 'The log as it was', params: TaskPath, querystring: Query },
    },
    async (request, reply) => {
      const { id } = await existing(context, request.params)
      const bytes = rawBytes(await logsOf(store.read, id, request.query.attempt))
      return reply
        .type('text/plain; charset=utf-8')
        .send(Readable.from(bytes, { objectMode: false }))
    },
  )

  app.get(
    `${one}/stream`,
    {
      config: read,
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'Live: server-sent events "log" and "status"; ends with the final status',
        params: TaskPath,
        querystring: StreamQuery,
      },
    },
    async (request, reply) => {
      const { id } = await existing(context, request.params)
      const seen = request.headers['last-event-id'] ?? request.query.last_event_id
      await streamEvents(reply, { context, closing: closing.signal }, (signal) =>
        taskEvents(store, id, cursorOf(String(seen ?? '')), signal),
      )
    },
  )
}

/** One log an attempt, in order; none is read before it is asked for. */
async function logsOf(
  db: Knex,
  task: number,
  attempt: number | undefined,
): Promise<AsyncIterable<LogPiece>[]> {
  const attempts = attempt === undefined ? await attemptsOf(db, task) : [attempt]
  return attempts.map((number) => readLog(db, task, number))
}

async function* rawBytes(logs: AsyncIterable<LogPiece>[]): AsyncGenerator<Uint8Array> {
  for (const log of logs) for await (const { bytes } of log) yield bytes
}

/** The array that Semaphore answers, written in parts of about 64 KB. */
async function* outputJson(task: number, logs: AsyncIterable<LogPiece>[]): AsyncGenerator<string> {
  let part = '['
  let separator = ''
  for (const log of logs) {
    for await (const { at, line } of readLines(log)) {
      part += separator + JSON.stringify({ task_id: task, time: iso(at), output: line })
      separator = ',\n'
      if (part.length < 65_536) continue
      yield part
      part = ''
    }
  }
  yield `${part}]`
}

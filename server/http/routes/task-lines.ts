import Type from 'typebox'
import { LogLines } from '../../feed/lines.ts'
import { LogMarks, markKinds, mostMarks } from '../../feed/marks.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, iso, Text, Time } from '../fields.ts'
import { existing, TaskPath } from './tasks.ts'

const Whole = Type.Integer({ minimum: -10_000, maximum: Number.MAX_SAFE_INTEGER })
const Query = Type.Object({
  /** Number of the first line; -500 = the last 500. */
  from: Type.Optional(Whole),
  count: Type.Optional(Type.Integer({ minimum: 0, maximum: 5000 })),
  /** Absent = the last one. */
  attempt: Type.Optional(Id),
})
const View = Type.Object({
  attempt: Type.Integer(),
  from: Type.Integer(),
  total: Type.Integer(),
  /** What `stream` takes as `last_event_id` to go on after these. */
  last_event_id: Text,
  /** The last line has not ended: what comes next belongs to it. */
  open: Type.Boolean(),
  lines: Type.Array(Type.Object({ time: Time, output: Text })),
})
const SearchQuery = Type.Object({
  text: Type.String({ minLength: 1, maxLength: 1000 }),
  attempt: Type.Optional(Id),
})
const MarksQuery = Type.Object({
  attempt: Type.Optional(Id),
  /** So many are known already. */
  from: Type.Optional(Type.Integer({ minimum: 0, maximum: mostMarks })),
})
const Mark = Type.Object({
  kind: Type.Enum(markKinds),
  /** Number of the line, from 0. */
  line: Type.Integer(),
  time: Time,
})
const mostFound = 5000
const tags = ['task']
const read = { access: 'project:read' } as const
const one = '/api/project/:project_id/tasks/:task_id'

/** The log of one attempt by pages of lines, for viewers that cannot hold it. */
export function taskLineRoutes(app: App, context: HttpContext): void {
  const lines = new LogLines(context.store.read)
  const marks = new LogMarks(context.store.read)

  app.get(
    `${one}/lines`,
    {
      config: read,
      schema: {
        tags,
        summary: 'A page of the log by numbers of lines, from 0',
        params: TaskPath,
        querystring: Query,
        response: { 200: View },
      },
    },
    async (request) => {
      const task = await existing(context, request.params)
      const { from = 0, count = 500, attempt = task.attempt } = request.query
      const page = await lines.page({ task: task.id, attempt, from, count })
      return {
        attempt,
        from: page.from,
        total: page.total,
        last_event_id: page.seq < 0 ? '' : `${attempt}-${page.seq}`,
        open: page.open,
        lines: page.lines.map(({ at, line }) => ({ time: iso(at), output: line })),
      }
    },
  )

  app.get(
    `${one}/lines/search`,
    {
      config: read,
      schema: {
        tags,
        summary: `Numbers of the lines that hold a text; the first ${mostFound}`,
        params: TaskPath,
        querystring: SearchQuery,
        response: { 200: Type.Object({ lines: Type.Array(Type.Integer()) }) },
      },
    },
    async (request) => {
      const task = await existing(context, request.params)
      const { text, attempt = task.attempt } = request.query
      return { lines: await lines.find(task.id, attempt, text, mostFound) }
    },
  )

  app.get(
    `${one}/lines/marks`,
    {
      config: read,
      schema: {
        tags,
        summary: `Where the parts of the log begin, as its tool names them; the first ${mostMarks}`,
        params: TaskPath,
        querystring: MarksQuery,
        response: { 200: Type.Object({ marks: Type.Array(Mark) }) },
      },
    },
    async (request) => {
      const task = await existing(context, request.params)
      const { from = 0, attempt = task.attempt } = request.query
      const all = await marks.of(task.id, attempt)
      return {
        marks: all.slice(from).map(({ kind, line, at }) => ({ kind, line, time: iso(at) })),
      }
    },
  )
}

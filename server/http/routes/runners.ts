import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { type AlarmRow, alarmsUp, listAlarms } from '../../store/alarms.ts'
import type { Knex } from '../../store/owned.ts'
import { findProject } from '../../store/projects.ts'
import { findRunner, listRunners, type RunnerRow, updateRunner } from '../../store/runners.ts'
import { Alarm, alarmView } from '../alarm-view.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import {
  Count,
  Id,
  iso,
  isoOrNull,
  Maybe,
  MaybeId,
  Nullable,
  RunnerTag,
  Text,
  Time,
  tagsOf,
} from '../fields.ts'
import { createRunner, dismissRunner, rotateToken } from '../runner-credentials.ts'
import { keyIdOf } from '../runner-keys.ts'

const RunnerName = Type.String({ maxLength: 255 })
/** Empty, or where Semaphore's start and finish calls go. */
export const RunnerWebhook = Type.String({ maxLength: 4096, pattern: '^$|^https?://' })
export const RunnerTags = Type.Array(RunnerTag, { maxItems: 100 })
const Body = Type.Object({
  name: Maybe(RunnerName),
  /** The only project that it works for; none = for all. */
  project_id: MaybeId,
  webhook: Maybe(RunnerWebhook),
  max_parallel_tasks: Maybe(Count),
  active: Maybe(Type.Boolean()),
  tags: Maybe(RunnerTags),
  /** Takes tasks that ask for no tag; a new runner does if it has no tags itself. */
  is_default: Maybe(Type.Boolean()),
})
const fields = {
  id: Id,
  project_id: Nullable(Id),
  name: RunnerName,
  webhook: Text,
  /** 0 = no limit */
  max_parallel_tasks: Count,
  active: Type.Boolean(),
  tags: Type.Array(Text),
  is_default: Type.Boolean(),
  status: Type.Enum(['online', 'offline']),
  version: Nullable(Text),
  /** Name of the machine that it was on at its last hello. */
  host: Nullable(Text),
  /** Names the key that it signs with; null: it has none, and gets its jobs unsealed. */
  key_id: Nullable(Text),
  created: Time,
  /** When it was last heard of. */
  touched: Nullable(Time),
  /** What is odd with it now. */
  alarms: Type.Array(Alarm),
}
const View = Type.Object(fields)
const WithToken = Type.Object({ ...fields, token: Text })
export const RunnerPath = Type.Object({ runner_id: Id })
const tags = ['runner']
const admin = { access: 'admin' } as const

export function runnerRoutes(app: App, context: HttpContext): void {
  const { store } = context

  app.get(
    '/api/runners',
    {
      config: admin,
      schema: { tags, summary: 'All runners', response: { 200: Type.Array(View) } },
    },
    async () => {
      const [runners, alarms] = [await listRunners(store.read), await alarmsUp(store.read)]
      return runners.map((row) => viewOf(row, alarms))
    },
  )

  app.post(
    '/api/runners',
    {
      config: admin,
      schema: {
        tags,
        summary: 'Create a runner; its token is shown this once',
        body: Body,
        response: { 201: WithToken },
      },
    },
    async (request, reply) => {
      await expectProject(store.read, request.body.project_id)
      const { runner, token } = await createRunner(context, { name: '', ...columns(request.body) })
      return reply.status(201).send({ ...viewOf(runner, []), token })
    },
  )

  app.get(
    '/api/runners/:runner_id',
    {
      config: admin,
      schema: { tags, summary: 'Get a runner', params: RunnerPath, response: { 200: View } },
    },
    async (request) => {
      const runner = await existingRunner(store.read, request.params.runner_id)
      return viewOf(runner, await listAlarms(store.read, runner.id))
    },
  )

  app.put(
    '/api/runners/:runner_id',
    { config: admin, schema: { tags, summary: 'Update a runner', params: RunnerPath, body: Body } },
    async (request, reply) => {
      const { id } = await existingRunner(store.read, request.params.runner_id)
      await expectProject(store.read, request.body.project_id)
      await store.commit((tx) => updateRunner(tx, id, columns(request.body)))
      return reply.status(204).send()
    },
  )

  app.post(
    '/api/runners/:runner_id/active',
    {
      config: admin,
      schema: {
        tags,
        summary: 'Whether a runner gets tasks',
        params: RunnerPath,
        body: Type.Object({ active: Type.Boolean() }),
      },
    },
    async (request, reply) => {
      const { id } = await existingRunner(store.read, request.params.runner_id)
      await store.commit((tx) => updateRunner(tx, id, { active: request.body.active }))
      return reply.status(204).send()
    },
  )

  app.post(
    '/api/runners/:runner_id/token',
    {
      config: admin,
      schema: {
        tags,
        summary: 'Replace the token of a runner; the new one is shown this once',
        params: RunnerPath,
        response: { 201: WithToken },
      },
    },
    async (request, reply) => {
      const runner = await existingRunner(store.read, request.params.runner_id)
      const token = await rotateToken(context, runner)
      const alarms = await listAlarms(store.read, runner.id)
      return reply.status(201).send({ ...viewOf(runner, alarms), token })
    },
  )

  app.delete(
    '/api/runners/:runner_id',
    { config: admin, schema: { tags, summary: 'Remove a runner', params: RunnerPath } },
    async (request, reply) => {
      const { id } = await existingRunner(store.read, request.params.runner_id)
      await dismissRunner(context, id)
      return reply.status(204).send()
    },
  )
}

/** @throws AppError `invalid` if a project is named that is not there. */
export async function expectProject(db: Knex, id: number | null | undefined): Promise<void> {
  if (!id || (await findProject(db, id)) !== undefined) return
  throw new AppError('invalid', `project_id: expected the id of a project, got ${id}`)
}

/** @throws AppError `not_found` */
export async function existingRunner(db: Knex, id: number): Promise<RunnerRow> {
  const runner = await findRunner(db, id)
  if (runner === undefined) throw new AppError('not_found', `runner ${id}: not found`)
  return runner
}

/** An absent field stays as it is, or at its default; `project_id` null or 0 means all projects. */
function columns({ project_id, ...given }: Type.Static<typeof Body>) {
  const { name, webhook, max_parallel_tasks, active, tags, is_default } = given
  return {
    ...(name != null && { name }),
    ...(webhook != null && { webhook }),
    ...(max_parallel_tasks != null && { max_parallel_tasks }),
    ...(active != null && { active }),
    ...(tags != null && { tags: tagsOf(tags) }),
    ...(is_default != null && { is_default }),
    ...(project_id !== undefined && { project_id: project_id || null }),
  }
}

/** @param alarms among others those of this runner */
function viewOf(row: RunnerRow, alarms: readonly AlarmRow[]): Type.Static<typeof View> {
  return {
    ...row,
    status: row.online ? 'online' : 'offline',
    key_id: keyIdOf(row),
    created: iso(row.created),
    touched: isoOrNull(row.touched),
    alarms: alarms
      .filter(({ runner_id, cleared_at }) => runner_id === row.id && cleared_at === null)
      .map(alarmView),
  }
}

/** A runner as the API takes and shows one. */
import Type from 'typebox'
import { alarmsUp } from '../store/alarms.ts'
import { heldByRunner } from '../store/attempts.ts'
import type { Knex } from '../store/owned.ts'
import { isRegistered, type RunnerRow, slotsOf } from '../store/runners.ts'
import { Alarm, alarmView } from './alarm-view.ts'
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
} from './fields.ts'
import { keyIdOf } from './runner-keys.ts'

const RunnerName = Type.String({ maxLength: 255 })
/** Empty, or where Semaphore's start and finish calls go. */
export const RunnerWebhook = Type.String({ maxLength: 4096, pattern: '^$|^https?://' })
export const RunnerTags = Type.Array(RunnerTag, { maxItems: 100 })

const given = {
  name: Maybe(RunnerName),
  /** The only project that it works for; none = for all. */
  project_id: MaybeId,
  webhook: Maybe(RunnerWebhook),
  max_parallel_tasks: Maybe(Count),
  active: Maybe(Type.Boolean()),
  tags: Maybe(RunnerTags),
  /** Takes tasks that ask for no tag; a new runner does if it has no tags itself. */
  is_default: Maybe(Type.Boolean()),
}
export const RunnerBody = Type.Object(given)
export const NewRunnerBody = Type.Object({
  ...given,
  /** False: it gets no token yet, but registers with a one-time registration token later. */
  registered: Maybe(Type.Boolean()),
})

const shown = {
  id: Id,
  project_id: Nullable(Id),
  name: RunnerName,
  webhook: Text,
  /** 0 = no limit */
  max_parallel_tasks: Count,
  active: Type.Boolean(),
  tags: Type.Array(Text),
  is_default: Type.Boolean(),
  /** False: nobody has its token yet. */
  registered: Type.Boolean(),
  status: Type.Enum(['online', 'offline']),
  version: Nullable(Text),
  os: Nullable(Text),
  /** Name of the machine that it was on at its last hello, and where its connection came from. */
  host: Nullable(Text),
  address: Nullable(Text),
  /** When its process began, by its own clock. */
  started_at: Nullable(Time),
  /** From its last hello to our welcome and back, this server's commit included. */
  round_trip_ms: Nullable(Count),
  /** Tasks that it has been handed and that are not over. */
  running_tasks: Count,
  /** So many more it would be given; null = no limit. */
  free_slots: Nullable(Count),
  /** Names the key that it signs with; null: it has none, and gets its jobs unsealed. */
  key_id: Nullable(Text),
  created: Time,
  /** When it was last heard of. */
  touched: Nullable(Time),
  /** When somebody asked that it clear its cache; null = nobody, or it has. */
  cleaning_requested: Nullable(Time),
  /** What is odd with it now. */
  alarms: Type.Array(Alarm),
}
export const RunnerView = Type.Object(shown)
export type RunnerView = Type.Static<typeof RunnerView>
/** The token is shown this once; absent: it has none yet. */
export const RunnerWithToken = Type.Object({ ...shown, token: Type.Optional(Text) })

/** An absent field stays as it is, or at its default; `project_id` null or 0 means all projects. */
export function runnerColumns({ project_id, ...given }: Type.Static<typeof RunnerBody>) {
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

export async function runnerViews(db: Knex, rows: readonly RunnerRow[]): Promise<RunnerView[]> {
  const [alarms, held] = [await alarmsUp(db), await heldByRunner(db)]
  return rows.map((row) => {
    const running_tasks = held.get(row.id) ?? 0
    const slots = slotsOf(row)
    return {
      ...row,
      registered: isRegistered(row),
      status: row.online ? 'online' : 'offline',
      started_at: isoOrNull(row.started_at),
      running_tasks,
      free_slots: slots === Number.POSITIVE_INFINITY ? null : Math.max(0, slots - running_tasks),
      key_id: keyIdOf(row),
      created: iso(row.created),
      touched: isoOrNull(row.touched),
      cleaning_requested: isoOrNull(row.cleaning_requested),
      alarms: alarms.filter(({ runner_id }) => runner_id === row.id).map(alarmView),
    }
  })
}

export async function runnerView(db: Knex, row: RunnerRow): Promise<RunnerView> {
  const [view] = await runnerViews(db, [row])
  return view as RunnerView
}

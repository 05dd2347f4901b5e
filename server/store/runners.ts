/** Runners: who they are, and the session that each has now (D6). */
import type { Knex } from 'knex'
import type { Heartbeat, Hello, Unacked } from '../../broker/messages.ts'
import type { Bearers } from '../core/holder.ts'
import type { KeysOnRecord } from '../core/sealing.ts'
import type { Tx } from './commit.ts'
import { kept } from './kept-text.ts'

export interface RunnerRow {
  id: number
  name: string
  project_id: number | null
  webhook: string
  /** 0 = no limit. */
  max_parallel_tasks: number
  active: boolean
  tags: string[]
  /** Takes tasks that ask for no tag. */
  is_default: boolean
  /** Empty = it was made beforehand and has not registered yet. */
  token_hash: string
  token_sealed: string | null
  /** SHA-256 of its one-time registration token; null = it has none. */
  registration_hash: string | null
  registration_until: number | null
  keys: KeysOnRecord
  created: number
  session: number
  nonce: string | null
  boot: string | null
  installation: string | null
  place: string | null
  host: string | null
  address: string | null
  rival: string | null
  version: string | null
  os: string | null
  /** When its process began, by its own clock. */
  started_at: number | null
  /** From its last hello to our welcome, as it has measured it. */
  round_trip_ms: number | null
  online: boolean
  accepting: boolean
  own_limit: number
  /** Why it takes nothing, in its own words; null = it said none. */
  pause_reason: string | null
  /** Logs of which it waited for an ack, as it said last. */
  unacked: Unacked[]
  touched: number | null
  /** When somebody asked that it clear its cache, and of which project; null = nobody, or of all. */
  cleaning_requested: number | null
  cleaning_project: number | null
  /** The start of the server in which it was last greeted; 0 = never. */
  start: number
}

export type NewRunner = Pick<RunnerRow, 'name' | 'token_hash' | 'created'> &
  Partial<
    Pick<
      RunnerRow,
      | 'project_id'
      | 'webhook'
      | 'max_parallel_tasks'
      | 'active'
      | 'tags'
      | 'is_default'
      | 'token_sealed'
      | 'keys'
    >
  >

/** Unless it says otherwise, a runner with tags keeps itself for tasks that ask for one of them. */
export async function insertRunner(tx: Tx, runner: NewRunner): Promise<RunnerRow> {
  const { tags = [], is_default = tags.length === 0 } = runner
  const [row] = await tx.db('runners').insert(columns({ ...runner, tags, is_default }), '*')
  tx.emit({ kind: 'runner', runner: row.id })
  if (runner.keys) tx.emit({ kind: 'keys', runner: row.id, keys: runner.keys })
  return runnerOf(row)
}

const byId = kept((db, { id }: { id: number }) => db('runners').where({ id }))

export async function findRunner(db: Knex, id: number): Promise<RunnerRow | undefined> {
  const [row] = await byId(db, { id })
  return row && runnerOf(row)
}

export async function findRunners(db: Knex, ids: readonly number[]): Promise<RunnerRow[]> {
  const [only] = ids.length === 1 ? ids : []
  const rows = await (only === undefined
    ? db('runners').whereIn('id', [...ids])
    : byId(db, { id: only }))
  return rows.map(runnerOf)
}

export async function findRunnerByTokenHash(
  db: Knex,
  token_hash: string,
): Promise<RunnerRow | undefined> {
  const row = await db('runners').where({ token_hash }).first()
  return row && runnerOf(row)
}

/** Id -> SHA-256 of the token, of every runner: who may come to the broker. */
export async function tokenHashes(db: Knex): Promise<Map<number, string>> {
  const rows = await db<RunnerRow>('runners')
    .whereNot({ token_hash: '' })
    .select('id', 'token_hash')
  return new Map(rows.map(({ id, token_hash }) => [id, token_hash]))
}

export async function listRunners(db: Knex): Promise<RunnerRow[]> {
  return (await db('runners').orderBy('id')).map(runnerOf)
}

export async function countRunners(db: Knex): Promise<number> {
  const [row] = await db('runners').count({ all: '*' })
  return Number(row?.all)
}

export async function updateRunner(
  tx: Tx,
  id: number,
  change: Partial<Omit<RunnerRow, 'id' | 'created'>>,
): Promise<void> {
  await updateRunners(tx, [id], change)
}

const forPeople = ['touched', 'unacked', 'pause_reason', 'round_trip_ms']

/** Says that they changed, unless it is only what they said of themselves for a person to read. */
export async function updateRunners(
  tx: Tx,
  ids: readonly number[],
  change: Partial<Omit<RunnerRow, 'id' | 'created'>>,
): Promise<void> {
  await tx
    .db('runners')
    .whereIn('id', [...ids])
    .update(columns(change))
  const { keys } = change
  if (keys !== undefined) for (const runner of ids) tx.emit({ kind: 'keys', runner, keys })
  if (Object.keys(change).every((name) => forPeople.includes(name))) return
  for (const runner of ids) tx.emit({ kind: 'runner', runner })
}

/** Its attempts are to be given up first (dispatch/remove-runner.ts). */
export async function deleteRunner(tx: Tx, id: number): Promise<void> {
  await tx.db('runners').where({ id }).delete()
  tx.emit({ kind: 'keys', runner: id, keys: null })
  tx.emit({ kind: 'runner', runner: id })
}

/**
 * The session that a hello begins; a repeated hello of the same connection (same nonce) is the same
 * session, or on a link slower than the repetition each welcome would be outdated before it arrives.
 * @param known the session that it has or had, by the row or by its own word
 * @param start of this server
 */
export function nextSession(
  row: RunnerRow,
  hello: Hello,
  { known, start, now }: { known: number; start: number; now: number },
) {
  return {
    session: row.nonce === hello.nonce ? known : known + 1,
    start,
    nonce: hello.nonce,
    version: hello.version,
    os: hello.os ?? null,
    started_at: hello.started_at ?? null,
    own_limit: hello.max_parallel_tasks,
    ...conditionOf(hello),
    online: true,
    touched: now,
  }
}

export type BearerColumns = Pick<
  RunnerRow,
  'boot' | 'installation' | 'place' | 'host' | 'address' | 'rival'
>

export function bearersOf(row: BearerColumns): Bearers {
  const { boot, installation, place, host, address, rival } = row
  return {
    holder: boot === null ? null : { boot, installation, place, host, address },
    rival: rival === null ? null : JSON.parse(rival),
  }
}

export function columnsOf({ holder, rival }: Required<Bearers>): BearerColumns {
  const nobody = { boot: null, installation: null, place: null, host: null, address: null }
  return { ...nobody, ...holder, rival: rival && JSON.stringify(rival) }
}

/** False: it was made beforehand, and nobody has its token yet. */
export function isRegistered({ token_hash }: Pick<RunnerRow, 'token_hash'>): boolean {
  return token_hash !== ''
}

/** How it is, as each hello and heartbeat says it. */
export function conditionOf({ accepting, reason, unacked }: Hello | Heartbeat) {
  return { accepting, pause_reason: reason ?? null, unacked: unacked ?? [] }
}

/** What the runner may hold more than it does; Infinity without limits. */
export function freeSlots(runner: RunnerRow, held: number): number {
  return slotsOf(runner) - held
}

/** The smaller of both limits; Infinity without limits. */
export function slotsOf(runner: RunnerRow): number {
  return Math.min(...[runner.max_parallel_tasks, runner.own_limit].filter((limit) => limit > 0))
}

function columns({ tags, unacked, keys, ...same }: Partial<RunnerRow>) {
  return {
    ...same,
    ...(tags && { tags: JSON.stringify(tags) }),
    ...(unacked && { unacked: JSON.stringify(unacked) }),
    ...(keys !== undefined && { keys: keys && JSON.stringify(keys) }),
  }
}

/** Id -> keys, of every runner that has or had some. */
export async function keysOnRecord(db: Knex): Promise<Map<number, KeysOnRecord>> {
  const rows = await db('runners').whereNotNull('keys').select('id', 'keys')
  return new Map(rows.map(({ id, keys }) => [id, keysOf(keys)]))
}

function keysOf(text: unknown): KeysOnRecord {
  return typeof text === 'string' ? JSON.parse(text) : null
}

/** SQLite answers booleans as 0 and 1. */
export function runnerOf(row: Record<string, unknown>): RunnerRow {
  return {
    ...row,
    tags: JSON.parse(String(row.tags)),
    unacked: JSON.parse(String(row.unacked)),
    keys: keysOf(row.keys),
    is_default: Boolean(row.is_default),
    active: Boolean(row.active),
    online: Boolean(row.online),
    accepting: Boolean(row.accepting),
  } as RunnerRow
}

/** Whether a hello is let in, or another installation has its runner: core/holder.ts carried out. */
import type { Decline, Hello } from '../../broker/messages.ts'
import { type Bearer, clonedText, decideHolder, isSame, nameOf } from '../core/holder.ts'
import type { View } from '../core/views.ts'
import { findAlarm, raiseAlarm } from '../store/alarms.ts'
import type { Tx } from '../store/commit.ts'
import { type BearerColumns, bearersOf, columnsOf, type RunnerRow } from '../store/runners.ts'

export interface AdmitOptions {
  now: number
  /** How long the runner may stay unheard until it counts as gone, ms; 0 = it is. */
  leaseLeftMs(runner: number): number
  /** Where the runner's connection comes from, as far as the broker tells. */
  addressOf(runner: number): string | undefined
}

export interface Admitted {
  /** For its row. */
  columns: BearerColumns
  /** Set if it is not let in. */
  decline?: Decline
  /** Set if the runner was on another machine before: this one's name. */
  movedTo?: string
}

/** A clone comes back so seldom, as each time it throws the other one's connection out; ms. */
const cloneRetryMs = 600_000
/** When the lease has run out a newcomer is to find it so; ms. */
const afterLeaseMs = 1_000

/** @param live the views of the runner's attempts that the database takes for alive */
export async function admit(
  tx: Tx,
  row: RunnerRow,
  hello: Hello,
  live: readonly View[],
  { now, leaseLeftMs, addressOf }: AdmitOptions,
): Promise<Admitted> {
  const { id } = row
  const said = bearerOf(hello, addressOf(id))
  const before = bearersOf(row)
  const leftMs = leaseLeftMs(id)
  const returns = before.holder !== null && isSame(said, before.holder)
  const wasCloned = !returns && (await findAlarm(tx.db, id, 'cloned')) !== undefined
  const after = decideHolder(said, before, {
    alive: leftMs > 0,
    cloned: wasCloned,
    ...countHeld(live, hello),
  })
  const { admitted, moved, cloned, holder, rival } = after
  const columns = columnsOf(after)
  if (cloned && rival) await raiseAlarm(tx, id, 'cloned', clonedText(holder, rival), now)
  if (admitted) return { columns, ...(moved && { movedTo: nameOf(holder) }) }
  const retry_ms = wasCloned || cloned ? cloneRetryMs : Math.ceil(leftMs) + afterLeaseMs
  const reason = `runner ${id} is in use on ${nameOf(holder)}, and one token is for one installation; stop one of the two, or register this one anew`
  return { columns, decline: { v: 1, kind: 'decline', nonce: hello.nonce, retry_ms, reason } }
}

function bearerOf({ boot, installation }: Hello, address: string | undefined): Bearer {
  const { id = null, place = null, host = null } = installation ?? {}
  return { boot, installation: id, place, host, address: address ?? null }
}

/** What was only offered was never granted: nothing is lost with it. */
function countHeld(live: readonly View[], hello: Hello): { holds: number; unlisted: number } {
  const told = new Set(hello.attempts.map(({ task, attempt }) => `${task}.${attempt}`))
  const held = live.flatMap(({ attempt }) => (attempt?.phase === 'offered' ? [] : [attempt]))
  const unlisted = held.filter((one) => one && !told.has(`${one.task}.${one.attempt}`))
  return { holds: held.length, unlisted: unlisted.length }
}

/** Each effect of the machine and who does it. */
import { encode } from '../broker/codec.ts'
import type { HelloMessage } from '../broker/messages.ts'
import type { Topics } from '../broker/topics.ts'
import type { Clock } from '../lib/clock.ts'
import type { Clearing } from './clearing.ts'
import type { RunnerEffect } from './core/state.ts'
import type { DamageBook } from './disk/damage-book.ts'
import type { Jobs } from './jobs.ts'
import type { Uplink } from './link/uplink.ts'
import type { Logs } from './logs.ts'

export interface Hands {
  runner: number
  topics: Topics
  /** Rejects while the link is down: the machine says it all again after the next welcome. */
  publish(topic: string, payload: string): Promise<void>
  /** Leaves the broker for so long; the reason is for a person. */
  retreat(ms: number, reason: string): void
  damage: Pick<DamageBook, 'reports'>
  clearing: Pick<Clearing, 'cleared'>
  clock: Clock
  jobs: Jobs
  logs: Logs
  uplink: Uplink
}

/** A workspace and an empty log can be made before START is on disk; a process cannot (D3). */
export function foresee(effect: RunnerEffect, { jobs }: Pick<Hands, 'jobs'>): void {
  if (effect.kind === 'spawn') jobs.prepare(effect.task, effect.attempt, effect.job)
}

export function carryOut(
  effect: Exclude<RunnerEffect, { kind: 'journal' | 'note' }>,
  hands: Hands,
): void {
  const { runner, topics, jobs, logs, uplink } = hands
  const say = (topic: string, text: string) => void hands.publish(topic, text).catch(() => {})
  switch (effect.kind) {
    case 'hello':
      return say(topics.of({ channel: 'hello', runner }), helloText(effect.message, hands))
    case 'retreat':
      return hands.retreat(effect.retryMs, effect.reason)
    case 'state': {
      const { task, attempt, message } = effect
      const topic = topics.of({ channel: 'state', runner, task, attempt })
      return say(topic, encode('state', message))
    }
    case 'spawn':
      return jobs.start(effect.task, effect.attempt, effect.job)
    case 'kill':
      return jobs.kill(effect.task, effect.attempt, effect.force)
    case 'answer':
      return jobs.answer(effect.task, effect.attempt, effect.confirmed)
    case 'withhold':
      return uplink.withhold(effect.task, effect.attempt)
    case 'upload':
      return uplink.from(effect.task, effect.attempt, effect.nextSeq)
    case 'finish':
      return uplink.finish(effect.task, effect.attempt, effect.result)
    case 'discard':
      return logs.discard(effect.task, effect.attempt)
    default:
      return effect satisfies never
  }
}

/** So many damage reports go into one hello; the others follow once these are recorded. */
const reportsAtOnce = 20

/** What the machine says, with what only disk, uplink and clock know. */
function helloText(message: HelloMessage, { damage, clearing, uplink, clock }: Hands): string {
  const unacked = uplink.unacked(message.kind)
  const cleared = message.kind === 'hello' ? clearing.cleared : undefined
  const reports = message.kind === 'hello' ? damage.reports.slice(0, reportsAtOnce) : []
  return encode('hello', {
    ...message,
    at: Math.max(0, Math.trunc(clock.now())),
    ...(unacked.length > 0 && { unacked }),
    ...(reports.length > 0 && { damage: reports }),
    ...(cleared !== undefined && { cache_cleared: cleared }),
  })
}

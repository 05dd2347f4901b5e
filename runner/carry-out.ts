/** Each effect of the machine and who does it. */
import { encode } from '../broker/codec.ts'
import type { HelloMessage } from '../broker/messages.ts'
import type { Topics } from '../broker/topics.ts'
import type { RunnerEffect } from './core/state.ts'
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
      return say(topics.of({ channel: 'hello', runner }), helloText(effect.message, uplink))
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

/** What the machine says, with what only the uplink knows. */
function helloText(message: HelloMessage, { unacked }: Uplink): string {
  return encode('hello', unacked.length === 0 ? message : { ...message, unacked })
}

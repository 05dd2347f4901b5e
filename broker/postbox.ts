/** Server -> runner, in one place: address, encode, seal and sign, hand to the bus. */
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Bus } from './bus.ts'
import { limits } from './codec.ts'
import type { AcksMessage, Grant, TasksMessage } from './messages.ts'
import { seal } from './seal/sealed.ts'
import { mustBeSigned, type Voice } from './seal/voice.ts'
import type { Topics } from './topics.ts'

/** A grant says which claim it answers: the session that it came in is part of that. */
export type Posted = Exclude<TasksMessage, { kind: 'grant' | 'sealed-grant' }>
export type PostedGrant = Grant & { session: number }

export interface Postbox {
  /**
   * Sends and forgets: what is lost on the way is said again on the next hello, resend or ack (no rule
   * of delivery rests on this). @returns false if the message, or the job in it, is over the wire's limit.
   * @throws AppError `forbidden` for a grant that must not go to this runner in clear
   */
  tasks(runner: number, message: Posted | PostedGrant): boolean
  acks(runner: number, message: AcksMessage): boolean
}

export function createPostbox(
  bus: Pick<Bus, 'publish'>,
  topics: Topics,
  log: Log,
  voice: Voice,
): Postbox {
  const send = (topic: string, text: string): boolean => {
    if (Buffer.byteLength(text) > limits.fromServer) return false
    bus.publish(topic, text).catch((error: unknown) => {
      log.debug('message not sent', { topic, reason: lineOf(error) })
    })
    return true
  }

  /** What a runner with keys hears must be the server's word; one without could not tell. */
  const say = (
    runner: number,
    channel: 'tasks' | 'acks',
    message: TasksMessage | AcksMessage,
  ): boolean => {
    const topic = topics.of({ channel, runner })
    const text = JSON.stringify(message)
    const signs = voice.keysOf(runner) !== undefined && mustBeSigned(message.kind)
    return send(topic, signs ? JSON.stringify(voice.sign(topic, text)) : text)
  }

  return {
    tasks(runner, message) {
      const keys = voice.keysOf(runner)
      if (message.kind !== 'grant') return say(runner, 'tasks', message)
      const { session, job, ...grant } = message
      const text = JSON.stringify(job)
      if (Buffer.byteLength(text) > limits.job) return false
      if (keys === undefined) {
        voice.expectOpen(runner)
        return say(runner, 'tasks', { ...grant, job })
      }
      const { task, attempt, claim } = grant
      const binding = { session, task, attempt, claim }
      const topic = topics.of({ channel: 'tasks', runner })
      const sealed = seal(text, keys.seal, { topic, ...binding })
      return say(runner, 'tasks', { v: 1, kind: 'sealed-grant', ...binding, ...sealed })
    },
    acks: (runner, message) => say(runner, 'acks', message),
  }
}

/** Server -> runner, in one place: address, encode, hand to the bus. */
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Bus } from './bus.ts'
import { encode, limits } from './codec.ts'
import type { AcksMessage, TasksMessage } from './messages.ts'
import type { Topics } from './topics.ts'

export interface Postbox {
  /**
   * Sends and forgets: what is lost on the way is said again on the next hello, resend or ack (no rule
   * of delivery rests on this). @returns false if the message is over the wire's limit.
   */
  tasks(runner: number, message: TasksMessage): boolean
  acks(runner: number, message: AcksMessage): boolean
}

export function createPostbox(bus: Pick<Bus, 'publish'>, topics: Topics, log: Log): Postbox {
  const send = (topic: string, text: string): boolean => {
    if (Buffer.byteLength(text) > limits.fromServer) return false
    bus.publish(topic, text).catch((error: unknown) => {
      log.debug('message not sent', { topic, reason: lineOf(error) })
    })
    return true
  }
  return {
    tasks: (runner, message) =>
      send(topics.of({ channel: 'tasks', runner }), encode('tasks', message)),
    acks: (runner, message) =>
      send(topics.of({ channel: 'acks', runner }), encode('acks', message)),
  }
}

/** What the server puts its name to, and what may go without. */
import type { AcksMessage, TasksMessage } from '../messages.ts'
import type { RunnerKeys } from './keys.ts'
import type { Signed } from './messages.ts'

export interface Voice {
  /** Undefined: it has none, and could not check a signature. */
  keysOf(runner: number): RunnerKeys | undefined
  /** @throws AppError `forbidden` if a job must not go in clear to this runner, which has no keys */
  expectOpen(runner: number): void
  /** As the server, on this topic. */
  sign(topic: string, text: string): Signed
}

type Kind = (TasksMessage | AcksMessage)['kind']

/**
 * These a runner takes from anybody, as they start and end nothing: an offer only makes it ask for the
 * grant, `identify` only makes it say hello, and what a log ack says is weighed again with the result.
 * They are also the ones that come most often, or that a task waits for.
 */
const free: ReadonlySet<Kind> = new Set<Kind>(['offer', 'identify', 'log-ack'])

export function mustBeSigned(kind: Kind): boolean {
  return !free.has(kind)
}

/** For runners that have no keys. */
export const plainVoice: Voice = {
  keysOf: () => undefined,
  expectOpen() {},
  sign(topic) {
    throw new TypeError(`expected nothing to be signed, got something for ${topic}`)
  },
}

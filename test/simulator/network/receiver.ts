/**
 * Who gets the webhooks: he takes what is sent and answers, or fails, or is never heard of again. The real
 * sender calls node:https, so that is led here.
 */
import { EventEmitter } from 'node:events'
import https from 'node:https'
import type { Life, Timeline } from '../../kit/timeline.ts'
import type { Random } from '../random.ts'
import type { Story } from '../story.ts'

export interface ReceiverParts {
  timeline: Timeline
  random: Random
  story: Story
  /** Told of each message that he has taken, whatever the sender hears of it. */
  onTaken(id: string, body: string): void
}

interface Sending {
  headers: Record<string, string>
  signal: AbortSignal
}

const host = 'receiver.simulated'
export const receiverUrl = `https://${host}/`

/** The slowest way to him or back, ms. */
const slowest = 2_000

let listening: Receiver | undefined

export class Receiver {
  readonly #parts: ReceiverParts
  /** Of these he has failed once: a third try would wait for minutes. */
  readonly #failed = new Set<string>()
  /** The process that sends to him now. */
  sender: Life | undefined

  /** From now on he is the one who is called. */
  constructor(parts: ReceiverParts) {
    this.#parts = parts
    listening = this
  }

  /** What node:https gives to whoever calls him. */
  call({ headers, signal }: Sending) {
    const { timeline, random, story } = this.#parts
    const call = new EventEmitter()
    const life = this.sender
    const after = (act: () => void) => timeline.after(random.int(1, slowest), act, life, true)
    const breaks = () => call.emit('error', new Error('the connection is lost'))
    const answer = (statusCode: number) => {
      const response = { statusCode, headers: {}, async *[Symbol.asyncIterator]() {} }
      after(() => call.emit('response', response))
    }
    signal.addEventListener('abort', breaks, { once: true })
    const end = (body: Buffer) => {
      const id = String(headers['webhook-id'])
      const fails = !this.#failed.has(id) && random.chance(0.3)
      if (fails) this.#failed.add(id)
      const how = fails ? random.of(['refuses', 'breaks', 'hangs', 'loses'] as const) : 'answers'
      if (fails) story.happens(`webhooks that failed: receiver ${how}`, 'receiver')
      timeline.after(random.int(1, slowest), () => {
        if (how !== 'loses') this.#parts.onTaken(id, body.toString())
        if (how === 'answers') answer(200)
        if (how === 'refuses') answer(503)
        if (how === 'breaks' || how === 'loses') after(breaks)
      })
    }
    return Object.assign(call, { end })
  }
}

/** From now on, in this process, he is at his address. */
export function installReceiver(): void {
  const { request } = https
  const routed = (url: URL, options: Sending, ...rest: unknown[]) => {
    if (url.hostname === host && listening !== undefined) return listening.call(options)
    return (request as (...args: unknown[]) => unknown)(url, options, ...rest)
  }
  Object.assign(https, { request: routed })
}

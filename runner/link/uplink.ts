/** Spool -> reply topics, until the server has acknowledged it all. Decides nothing: core/upload does. */
import type { Part } from '../../broker/chunk.ts'
import { encode, encodeChunk } from '../../broker/codec.ts'
import type { ResultBody, Unacked } from '../../broker/messages.ts'
import type { Signed } from '../../broker/seal/messages.ts'
import type { Topics } from '../../broker/topics.ts'
import type { Clock } from '../../lib/clock.ts'
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import { keyOf } from '../core/state.ts'
import {
  freshUpload,
  type NextSend,
  nextSend,
  onAck,
  onTaken,
  onTick,
  rewind,
  type Upload,
} from '../core/upload.ts'
import { Slots } from './slots.ts'

/** What the uplink needs of a spool. */
export interface LogSource {
  /** Records that are fsynced, and the oldest that is still there: what may be sent. */
  readonly synced: number
  readonly first: number
  /** Bytes in all of them. */
  readonly bytes: number
  /** Lines in the records from `seq` on, where that is known. */
  linesFrom(seq: number): number | undefined
  read(seq: number): Promise<{ at: number; part?: Part | undefined; bytes: Uint8Array }>
  /** Everything below is committed at the server; room may be made of it. */
  acked(nextSeq: number): void
}

export interface UplinkContext {
  runner: number
  topics: Topics
  /** Rejects while the link is down; what was lost is sent again after the next welcome. */
  publish(topic: string, payload: Uint8Array | string): Promise<void>
  /** What it says last is signed; undefined: its server could not check that. */
  sign?: ((topic: string, text: string) => Signed) | undefined
  clock: Clock
  log: Log
}

const emptyLog: LogSource = {
  synced: 0,
  first: 0,
  bytes: 0,
  linesFrom: () => 0,
  read: (seq) => Promise.reject(new RangeError(`expected no record to be read, got ${seq}`)),
  acked() {},
}

/**
 * Messages of all logs together that the broker has not taken yet: 256 KiB. More would only queue up in
 * front of a slow link, and a claim behind it would get its grant too late.
 */
const atOnce = 16
/** Logs in one hello or heartbeat; the schema takes no more. */
const mostTold = 100

interface Line {
  task: number
  attempt: number
  source: LogSource
  upload: Upload
  /** Nothing is sent, whatever there is, until the server says from where. */
  withheld: boolean
  /** False while only the server knows how much of an earlier process's log it has. */
  placed: boolean
  /** Records on disk at the last tick, and at the one before it: these have waited for a second. */
  seen: number
  late: number
  pump(): void
}

export class Uplink {
  readonly #context: UplinkContext
  readonly #lines = new Map<string, Line>()
  readonly #slots = new Slots(atOnce)
  #session: number | null = null

  constructor(context: UplinkContext) {
    this.#context = context
  }

  /** Chunks on disk that the server has not acknowledged, of all logs. */
  get undelivered(): number {
    let count = 0
    for (const { source, upload } of this.#lines.values()) {
      count += Math.max(0, source.synced - upload.acked)
    }
    return count
  }

  /**
   * Logs of which something waits for its acknowledgement, for a person who asks. In a heartbeat only what
   * has done so for a second: something is always on its way.
   */
  unacked(message: 'hello' | 'heartbeat'): Unacked[] {
    const behind = [...this.#lines.values()].filter(({ source, late, upload }) => {
      return (message === 'hello' ? source.synced : late) > upload.acked
    })
    return behind.slice(0, mostTold).map(({ task, attempt, source, upload, placed }) => {
      const lines = placed ? source.linesFrom(upload.acked) : undefined
      return { task, attempt, bytes: source.bytes, ...(lines !== undefined && { lines }) }
    })
  }

  /** Takes a log on. It goes up once the server says from where (`from`), or at once if it is new. */
  attach(task: number, attempt: number, source: LogSource): void {
    const pump = oneAtATime(() => this.#send(line))
    const { synced } = source
    const line: Line = {
      task,
      attempt,
      source,
      upload: freshUpload,
      withheld: false,
      placed: synced === 0,
      seen: synced,
      late: synced,
      pump,
    }
    this.#lines.set(keyOf(line), line)
    pump()
  }

  detach(task: number, attempt: number): void {
    this.#lines.delete(keyOf({ task, attempt }))
  }

  /** Null while there is no welcomed connection. */
  setSession(session: number | null): void {
    if (session === this.#session) return
    this.#session = session
    for (const line of this.#lines.values()) line.pump()
  }

  withhold(task: number, attempt: number): void {
    const line = this.#lines.get(keyOf({ task, attempt }))
    if (line !== undefined) line.withheld = true
  }

  /** A server that says from where has all before it: its ack may have been lost with the last link. */
  from(task: number, attempt: number, nextSeq: number): void {
    const line = this.#lines.get(keyOf({ task, attempt }))
    if (line !== undefined) Object.assign(line, { withheld: false, placed: true })
    line?.source.acked(nextSeq)
    this.#update(task, attempt, (upload, now) => rewind(upload, nextSeq, now))
  }

  /** More of the log is on disk. */
  grown(task: number, attempt: number): void {
    this.#update(task, attempt, (upload) => upload)
  }

  finish(task: number, attempt: number, result: ResultBody): void {
    // What was cancelled before it started has no log, only a result.
    if (!this.#lines.has(keyOf({ task, attempt }))) this.attach(task, attempt, emptyLog)
    this.#update(task, attempt, (upload) => ({ ...upload, result }))
  }

  acked(task: number, attempt: number, nextSeq: number): void {
    this.#lines.get(keyOf({ task, attempt }))?.source.acked(nextSeq)
    this.#update(task, attempt, (upload, now) => onAck(upload, nextSeq, now))
  }

  tick(): void {
    for (const line of this.#lines.values()) {
      line.late = line.seen
      line.seen = line.source.synced
      this.#update(line.task, line.attempt, onTick)
    }
  }

  #update(task: number, attempt: number, change: (upload: Upload, now: number) => Upload): void {
    const line = this.#lines.get(keyOf({ task, attempt }))
    if (line === undefined) return
    line.upload = change(line.upload, this.#context.clock.monotonic())
    line.pump()
  }

  /** Sends all that may go, in order. */
  async #send(line: Line): Promise<void> {
    do await this.#slots.take()
    while (await this.#sendNext(line))
  }

  /** @returns false if nothing went out. The slot is given back then, or once the broker has it. */
  async #sendNext(line: Line): Promise<boolean> {
    const session = this.#session
    const send = session === null ? undefined : this.#advance(line)
    if (session === null || send === undefined) {
      this.#slots.give()
      return false
    }
    const { runner, topics, publish, clock, log } = this.#context
    const { task, attempt } = line
    const channel = send.kind === 'chunk' ? 'log' : 'result'
    const topic = topics.of({ runner, task, attempt, channel })
    const taken = () => {
      line.upload = onTaken(line.upload, clock.monotonic())
      this.#slots.give()
    }
    try {
      const payload = await this.#payloadOf(line, session, send, topic)
      // The session may have ended while the record was read from the disk.
      if (this.#session === session) {
        void publish(topic, payload)
          .catch(() => {})
          .finally(taken)
        return true
      }
    } catch (error) {
      log.error('log not sent', { task, attempt, reason: lineOf(error) })
    }
    taken()
    return false
  }

  /** What to send now; from here on it counts as sent. */
  #advance(line: Line): NextSend | undefined {
    if (line.withheld || this.#lines.get(keyOf(line)) !== line) return undefined
    const { first, synced: available } = line.source
    const next = nextSend({ ...line.upload, first, available }, this.#context.clock.monotonic())
    if (next !== undefined) line.upload = next.upload
    return next?.send
  }

  async #payloadOf(line: Line, session: number, send: NextSend, topic: string) {
    if (send.kind === 'result') {
      const { sign } = this.#context
      const text = encode('result', { v: 1, kind: 'result', session, result: send.result })
      return sign === undefined ? text : JSON.stringify(sign(topic, text))
    }
    const { at, part, bytes } = await line.source.read(send.seq)
    return encodeChunk({ session, seq: send.seq, part, at }, bytes)
  }
}

/** Spool -> reply topics, until the server has acknowledged it all. Decides nothing: core/upload does. */
import { encode, encodeChunk } from '../../broker/codec.ts'
import type { ResultBody } from '../../broker/messages.ts'
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
  onTick,
  rewind,
  type Upload,
} from '../core/upload.ts'

/** What the uplink needs of a spool. */
export interface LogSource {
  /** Records that are fsynced, and the oldest that is still there: what may be sent. */
  readonly synced: number
  readonly first: number
  read(seq: number): Promise<{ at: number; bytes: Uint8Array }>
  /** Everything below is committed at the server; room may be made of it. */
  acked(nextSeq: number): void
}

export interface UplinkContext {
  runner: number
  topics: Topics
  /** Rejects while the link is down; what was lost is sent again after the next welcome. */
  publish(topic: string, payload: Uint8Array | string): Promise<void>
  clock: Clock
  log: Log
}

const emptyLog: LogSource = {
  synced: 0,
  first: 0,
  read: (seq) => Promise.reject(new RangeError(`expected no record to be read, got ${seq}`)),
  acked() {},
}

interface Line {
  task: number
  attempt: number
  source: LogSource
  upload: Upload
  pump(): void
}

export class Uplink {
  readonly #context: UplinkContext
  readonly #lines = new Map<string, Line>()
  #session: number | null = null

  constructor(context: UplinkContext) {
    this.#context = context
  }

  /** Chunks on disk that the server has not acknowledged, of all logs. */
  get undelivered(): number {
    let count = 0
    for (const { source, upload } of this.#lines.values()) count += source.synced - upload.acked
    return count
  }

  /** Takes a log on. It goes up once the server says from where (`from`), or at once if it is new. */
  attach(task: number, attempt: number, source: LogSource): void {
    const pump = oneAtATime(() => this.#send(line))
    const line: Line = { task, attempt, source, upload: freshUpload, pump }
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

  from(task: number, attempt: number, nextSeq: number): void {
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
    for (const { task, attempt } of this.#lines.values()) this.#update(task, attempt, onTick)
  }

  #update(task: number, attempt: number, change: (upload: Upload, now: number) => Upload): void {
    const line = this.#lines.get(keyOf({ task, attempt }))
    if (line === undefined) return
    line.upload = change(line.upload, this.#context.clock.monotonic())
    line.pump()
  }

  /** Sends all that may go. */
  async #send(line: Line): Promise<void> {
    for (;;) {
      const session = this.#session
      if (session === null) return
      const { first, synced: available } = line.source
      const upload = { ...line.upload, first, available }
      const next = nextSend(upload, this.#context.clock.monotonic())
      if (next === undefined) return
      line.upload = next.upload
      if (!(await this.#sendOne(line, session, next.send))) return
    }
  }

  async #sendOne(line: Line, session: number, send: NextSend): Promise<boolean> {
    const { runner, topics, publish, log } = this.#context
    const { task, attempt } = line
    const channel = send.kind === 'chunk' ? 'log' : 'result'
    try {
      const payload = await this.#payloadOf(line, session, send)
      // The session may have ended while the record was read from the disk.
      if (this.#session !== session) return false
      publish(topics.of({ runner, task, attempt, channel }), payload).catch(() => {})
      return true
    } catch (error) {
      log.error('log not sent', { task, attempt, reason: lineOf(error) })
      return false
    }
  }

  async #payloadOf(line: Line, session: number, send: NextSend): Promise<Uint8Array | string> {
    if (send.kind === 'result') {
      return encode('result', { v: 1, kind: 'result', session, result: send.result })
    }
    const { at, bytes } = await line.source.read(send.seq)
    return encodeChunk({ session, seq: send.seq, at }, bytes)
  }
}

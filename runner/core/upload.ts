/**
 * How one log goes up: a window of chunks ahead of the server's cumulative ack, then the result. Pure.
 * A lost message shows as an ack that does not move; the log is then sent again from there (D4).
 */
import type { ResultBody } from '../../broker/messages.ts'

export interface Upload {
  /** The server has committed everything below. */
  readonly acked: number
  /** Everything below was sent in this session. */
  readonly sent: number
  /** Chunks on disk, fsynced, from `first` to below `available`: what may be sent. */
  readonly first: number
  readonly available: number
  /** Set once the log is complete. */
  readonly result: ResultBody | null
  readonly resultSent: boolean
  /** Messages that the broker has not taken yet: a slow link is no loss. */
  readonly onTheWay: number
  /** Monotonic ms of the last ack that moved, of the last message that the broker took, or of the
   * first send after a pause. */
  readonly progressAt: number
}

/** Chunks in flight per attempt: 64 of at most 16 KiB, so 1 MiB of memory at both ends. */
export const uploadWindow = 64
/** No progress for so long: what is in flight is taken for lost. */
export const stalledMs = 10_000

export const freshUpload: Upload = {
  acked: 0,
  sent: 0,
  first: 0,
  available: 0,
  result: null,
  resultSent: false,
  onTheWay: 0,
  progressAt: 0,
}

/** A new session, or an ack below what was acked: from `nextSeq`, whatever was sent before. */
export function rewind(upload: Upload, nextSeq: number, now: number): Upload {
  return { ...upload, acked: nextSeq, sent: nextSeq, resultSent: false, progressAt: now }
}

export function onAck(upload: Upload, nextSeq: number, now: number): Upload {
  if (nextSeq < upload.acked) return rewind(upload, nextSeq, now)
  if (nextSeq === upload.acked) return upload
  return { ...upload, acked: nextSeq, sent: Math.max(upload.sent, nextSeq), progressAt: now }
}

/** The broker has one of the messages, or the connection that carried it is gone. */
export function onTaken(upload: Upload, now: number): Upload {
  return { ...upload, onTheWay: upload.onTheWay - 1, progressAt: now }
}

/** What the broker has had for too long is sent again: the server did not get it. */
export function onTick(upload: Upload, now: number): Upload {
  const waits = (upload.sent > upload.acked || upload.resultSent) && upload.onTheWay === 0
  return waits && now - upload.progressAt >= stalledMs ? rewind(upload, upload.acked, now) : upload
}

export type NextSend = { kind: 'chunk'; seq: number } | { kind: 'result'; result: ResultBody }

/** What to send now, and the state once that is sent; undefined when there is nothing to do. */
export function nextSend(
  upload: Upload,
  now: number,
): { send: NextSend; upload: Upload } | undefined {
  const idle = upload.sent === upload.acked && !upload.resultSent
  const progressAt = idle ? now : upload.progressAt
  const onTheWay = upload.onTheWay + 1
  const gone = isGone(upload)
  if (!gone && upload.sent < upload.available && upload.sent < upload.acked + uploadWindow) {
    const send = { kind: 'chunk', seq: upload.sent } as const
    return { send, upload: { ...upload, sent: upload.sent + 1, onTheWay, progressAt } }
  }
  const { result, resultSent, sent } = upload
  if (result === null || resultSent || (sent < result.chunks && !gone)) return undefined
  const sentAll = { ...upload, resultSent: true, onTheWay, progressAt }
  const dropped = gone ? Math.max(result.dropped, sent + 1) : result.dropped
  return { send: { kind: 'result', result: { ...result, dropped } }, upload: sentAll }
}

/**
 * The next chunk is not on disk, and never will be: a server that was restored from a backup asks for
 * what it had acked and we have dropped, or our disk lost it. The result says so (`dropped`), and the
 * server ends the task with a damaged log instead of waiting for ever.
 */
function isGone({ sent, first, available, result }: Upload): boolean {
  return sent < first || (result !== null && sent >= available && sent < result.chunks)
}

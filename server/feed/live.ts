/**
 * A task as it happens, for one viewer: pulled from the store at the viewer's own pace. So nobody is
 * buffered for, a slow viewer costs nothing and holds nobody up, and a resumed one misses nothing.
 */
import { isFinal, type TaskStatus } from '../../broker/states.ts'
import { attemptsOf, type LogPiece, readLog } from '../store/chunks.ts'
import type { Store } from '../store/open.ts'
import { findTask } from '../store/tasks.ts'

export type LiveEvent =
  | ({ kind: 'log' } & LogPiece)
  /** At the beginning, after each change, and as the last event with a final status. */
  | { kind: 'status'; status: TaskStatus; attempt: number; reason: string | null }

/** The last piece that a viewer has seen. */
export interface Cursor {
  attempt: number
  seq: number
}

/**
 * The log of every attempt in order, and each status, until the task is final or `signal` aborts.
 * Ends at once if there is no such task.
 */
export async function* followTask(
  store: Store,
  task: number,
  after: Cursor | undefined,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent> {
  const bell = createBell(signal)
  store.changes.listen((change) => {
    if ((change.kind === 'log' || change.kind === 'task') && change.task === task) bell.ring()
  }, signal)
  let cursor = after ?? { attempt: 0, seq: -1 }
  let shown: TaskStatus | undefined
  while (!signal.aborted) {
    bell.quiet()
    // The row is read before the log: a final status is told only after the whole log.
    const row = await findTask(store.read, task)
    if (row === undefined) return
    const { status, attempt, reason } = row
    const over = isFinal(status)
    if (status !== shown && !over) yield { kind: 'status', status, attempt, reason }
    shown = status
    for (const number of await attemptsOf(store.read, task)) {
      if (number < cursor.attempt) continue
      const from = number === cursor.attempt ? cursor.seq + 1 : 0
      for await (const piece of readLog(store.read, task, number, from)) {
        if (signal.aborted) return
        yield { kind: 'log', ...piece }
        cursor = { attempt: piece.attempt, seq: piece.seq }
      }
    }
    if (over) {
      yield { kind: 'status', status, attempt, reason }
      return
    }
    await bell.rung()
  }
}

/** Remembers that it rang, so that a change between two looks is never slept through. */
function createBell(signal: AbortSignal) {
  let ringing = false
  let wake: (() => void) | undefined
  const ring = () => {
    ringing = true
    wake?.()
  }
  signal.addEventListener('abort', ring, { once: true })
  return {
    ring,
    quiet() {
      ringing = false
    },
    async rung(): Promise<void> {
      if (ringing || signal.aborted) return
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      wake = undefined
    },
  }
}

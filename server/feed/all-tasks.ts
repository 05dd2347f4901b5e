/**
 * What happens to the tasks of all projects, for one viewer, at the viewer's own pace: what it did not take
 * yet is a few words a task, and the lines themselves wait in the store.
 */
import type { TaskStatus } from '../../broker/states.ts'
import { isFinal } from '../../broker/states.ts'
import { logEnds } from '../store/attempts.ts'
import { type LogPiece, readLog } from '../store/chunks.ts'
import type { Store } from '../store/open.ts'
import { findTask, type TaskRow } from '../store/tasks.ts'

export type TaskNews =
  | { kind: 'update'; task: TaskRow; status: TaskStatus }
  | { kind: 'log'; task: TaskRow; at: number; line: string }

/** Where a viewer is in the log of a task. */
interface Place {
  attempt: number
  seq: number
  decoder: InstanceType<typeof TextDecoder>
  /** The beginning of a line that has not ended. */
  line: string
  at: number
}

const keptStatuses = 20
/** A longer line is told in parts, in UTF-16 units. */
const longestLine = 64 * 1024

/**
 * News of the tasks of projects for which `mayRead`, until `signal` aborts. Logs from now on: what was
 * stored before is for whoever asks for it.
 */
export async function* followAllTasks(
  store: Store,
  mayRead: (project: number) => Promise<boolean>,
  signal: AbortSignal,
): AsyncGenerator<TaskNews> {
  /** Tasks with something new, and each status that they had; of many the oldest are dropped. */
  const untold = new Map<number, TaskStatus[]>()
  const places = new Map<number, Place>()
  let wake = () => {}
  store.changes.listen((change) => {
    if (change.kind !== 'task' && change.kind !== 'log') return
    const statuses = untold.get(change.task) ?? []
    untold.set(change.task, statuses)
    if (change.kind === 'task') statuses.push(change.status)
    if (statuses.length > keptStatuses) statuses.shift()
    wake()
  }, signal)
  signal.addEventListener('abort', () => wake(), { once: true })
  for (const { task, attempt, seq } of await logEnds(store.read)) {
    places.set(task, placeAfter(attempt, seq))
  }
  while (!signal.aborted) {
    const [next] = untold
    if (next === undefined) {
      await new Promise<void>((resolve) => (wake = resolve))
      continue
    }
    const [id, statuses] = next
    untold.delete(id)
    const task = await findTask(store.read, id)
    if (task === undefined) {
      places.delete(id)
      continue
    }
    if (!(await mayRead(task.project_id))) {
      places.delete(id)
      continue
    }
    const over = isFinal(task.status)
    const place = places.get(id) ?? placeAfter(task.attempt, -1)
    places.set(id, place)
    // A final status comes after the log, as people read it.
    const final = over ? statuses.splice(-1) : []
    for (const status of statuses) yield { kind: 'update', task, status }
    for await (const { at, line } of newLines(store, task, place)) {
      yield { kind: 'log', task, at, line }
    }
    if (!over) continue
    places.delete(id)
    if (place.line !== '') yield { kind: 'log', task, at: place.at, line: place.line }
    for (const status of final) yield { kind: 'update', task, status }
  }
}

function placeAfter(attempt: number, seq: number): Place {
  return { attempt, seq, decoder: new TextDecoder(), line: '', at: 0 }
}

/** The lines that were stored since `place`, which moves on. */
async function* newLines(store: Store, task: TaskRow, place: Place) {
  if (place.attempt !== task.attempt) Object.assign(place, placeAfter(task.attempt, -1))
  for await (const piece of readLog(store.read, task.id, place.attempt, place.seq + 1)) {
    place.seq = piece.seq
    yield* linesOf(piece, place)
  }
}

function* linesOf({ at, bytes }: LogPiece, place: Place) {
  const [head = '', ...rest] = place.decoder.decode(bytes, { stream: true }).split('\n')
  if (place.line === '') place.at = at
  place.line += head
  for (const next of rest) {
    yield { at: place.at, line: place.line }
    place.line = next
    place.at = at
  }
  while (place.line.length > longestLine) {
    yield { at: place.at, line: place.line.slice(0, longestLine) }
    place.line = place.line.slice(longestLine)
  }
}

/** A task's life as events for a viewer: `log` with the id `<attempt>-<seq>`, and `status`. */
import { type Cursor, followTask } from '../feed/live.ts'
import { readLog } from '../store/chunks.ts'
import type { Store } from '../store/open.ts'
import type { ServerEvent } from './event-stream.ts'
import { iso } from './fields.ts'

/** Where the viewer stopped, from its Last-Event-ID; undefined = show it all. */
export function cursorOf(lastEventId: string | undefined): Cursor | undefined {
  const [, attempt, seq] = /^(\d{1,9})-(\d{1,9})$/.exec(lastEventId ?? '') ?? []
  return seq === undefined ? undefined : { attempt: Number(attempt), seq: Number(seq) }
}

export async function* taskEvents(
  store: Store,
  task: number,
  after: Cursor | undefined,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  let attempt = after?.attempt
  let decoder = await decoderAfter(store, task, after)
  for await (const event of followTask(store, task, after, signal)) {
    if (event.kind === 'status') {
      const { status, attempt, reason } = event
      yield { event: 'status', data: { task_id: task, status, attempt, reason } }
      continue
    }
    if (event.attempt !== attempt) decoder = new TextDecoder()
    attempt = event.attempt
    yield {
      event: 'log',
      id: `${event.attempt}-${event.seq}`,
      data: {
        task_id: task,
        attempt: event.attempt,
        time: iso(event.at),
        output: decoder.decode(event.bytes, { stream: true }),
      },
    }
  }
}

/** Pieces may end inside a character: its first bytes are taken from the piece seen last. */
async function decoderAfter(
  store: Store,
  task: number,
  after: Cursor | undefined,
): Promise<InstanceType<typeof TextDecoder>> {
  const decoder = new TextDecoder()
  if (after === undefined) return decoder
  for await (const { seq, bytes } of readLog(store.read, task, after.attempt, after.seq)) {
    if (seq === after.seq) decoder.decode(bytes, { stream: true })
    break
  }
  return decoder
}

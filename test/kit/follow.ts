/** Waits for what a task does by its live stream, never by the clock. */
import { viewEvents } from './events.ts'
import type { Body } from './http.ts'

export interface Follower {
  task(id: number): Promise<Body>
  /** Resolves with the task once `matches` is true of it; rejects if it ends before. */
  until(id: number, matches: (task: Body) => boolean): Promise<Body>
  /** Resolves with the task once it has a final status. */
  finished(id: number): Promise<Body>
  /** Resolves once the server has this text of the task's log. */
  printed(id: number, text: string): Promise<void>
}

export interface FollowerOptions {
  ca: string
  token: string
  /** URL of a task. */
  urlOf(id: number): string
  task(id: number): Promise<Body>
  /** Resolves when the server is up, at once or after its next start. */
  up(): Promise<void>
}

/** Nothing that a test waits for takes so long; then it fails, and says where the task stands. */
const patienceMs = 120_000

/** As if all of the log had been seen: the stream then tells each status and nothing else. */
const statusOnly = '999999999-0'

export function createFollower({ ca, token, urlOf, task, up }: FollowerOptions): Follower {
  /** The task after each event. A server that dies meanwhile is asked again when it is back. */
  async function* follow(id: number, query = '') {
    const patience = AbortSignal.timeout(patienceMs)
    while (!patience.aborted) {
      try {
        const headers = { authorization: `Bearer ${token}` }
        const viewer = await viewEvents(`${urlOf(id)}/stream${query}`, ca, headers)
        patience.addEventListener('abort', viewer.leave)
        try {
          for (let next = await viewer.events.next(); !next.done; next = await viewer.events.next())
            yield { row: await task(id), output: String(next.value.data.output ?? '') }
        } finally {
          viewer.leave()
        }
        const row = await task(id)
        yield { row, output: '' }
        if (isOver(row)) return
      } catch (error) {
        if ((error as { code?: string }).code === undefined) throw error
      }
      await up()
    }
    throw new Error(`waited too long for task ${id}: ${JSON.stringify(await task(id))}`)
  }

  const until: Follower['until'] = async (id, matches) => {
    let last: Body
    for await (const { row } of follow(id, `?last_event_id=${statusOnly}`)) {
      if (matches(row)) return row
      last = row
    }
    throw new Error(`task ${id} ended otherwise: ${JSON.stringify(last)}`)
  }

  return {
    task,
    until,
    finished: (id) => until(id, isOver),
    async printed(id, text) {
      let log = ''
      for await (const { output } of follow(id)) {
        log += output
        if (log.includes(text)) return
      }
      throw new Error(`task ${id} ended without having printed ${JSON.stringify(text)}: ${log}`)
    },
  }
}

function isOver({ status }: Body): boolean {
  return ['success', 'error', 'stopped'].includes(status)
}

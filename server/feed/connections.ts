/**
 * Writes down when runners come and go, for people. It looks at their rows a little after they changed,
 * so that a fleet that comes back at once is one query and one transaction, beside those of the dispatch.
 */
import type { Clock } from '../../lib/clock.ts'
import { Rounds } from '../../lib/rounds.ts'
import {
  type ConnectionRow,
  endConnections,
  endLeftOpen,
  insertConnections,
  pruneConnections,
} from '../store/connections.ts'
import type { Store } from '../store/open.ts'
import { findRunners, listRunners, type RunnerRow } from '../store/runners.ts'

interface Parts {
  store: Pick<Store, 'read' | 'commit' | 'changes'>
  clock: Clock
  /** Aborts when the server is to stop. */
  signal: AbortSignal
}

/** What is written down of a runner. */
type Known = Pick<RunnerRow, 'online' | 'session'>
type Seen = Pick<RunnerRow, 'id' | 'online' | 'session' | 'touched'>

interface Turns {
  lost: number[]
  replaced: number[]
  begun: Omit<ConnectionRow, 'id'>[]
}

const gatherMs = 200

export class RunnerConnections {
  readonly #parts: Parts
  readonly #known: Map<number, Known>
  readonly #changed = new Set<number>()
  readonly #rounds: Rounds

  private constructor(parts: Parts, known: Map<number, Known>) {
    this.#parts = parts
    this.#known = known
    this.#rounds = new Rounds({ ...parts, everyMs: gatherMs, run: () => this.#look() })
    parts.store.changes.listen((change) => {
      if (change.kind === 'runner') this.#changed.add(change.runner)
      if (change.kind === 'runner' || change.kind === 'writable') this.#rounds.wake()
    }, parts.signal)
  }

  /**
   * To be called before a runner can be heard: all that was open has ended with the server before this.
   * @throws AppError `unavailable` if the disk does not let it
   */
  static async open(parts: Parts): Promise<RunnerConnections> {
    const { store, clock } = parts
    await store.commit(async (tx) => {
      await endLeftOpen(tx)
      await pruneConnections(tx, clock.now())
    })
    const runners = await listRunners(store.read)
    const known = runners.map(({ id, session }) => [id, { online: false, session }] as const)
    return new RunnerConnections(parts, new Map(known))
  }

  /** Resolves when what has happened so far is written down. */
  idle(): Promise<void> {
    return this.#rounds.idle()
  }

  close(): Promise<void> {
    return this.idle()
  }

  async #look(): Promise<void> {
    const { store, clock } = this.#parts
    const ids = [...this.#changed]
    this.#changed.clear()
    try {
      const rows = await findRunners(store.read, ids)
      const now = clock.now()
      const turns = turnsOf(rows, this.#known, now)
      if (Object.values(turns).some(({ length }) => length > 0)) await this.#write(turns, now)
      for (const id of ids) this.#known.delete(id)
      for (const { id, online, session } of rows) this.#known.set(id, { online, session })
    } catch {
      // Seen again at the next change, or when the disk takes something again.
      for (const id of ids) this.#changed.add(id)
    }
  }

  #write({ lost, replaced, begun }: Turns, now: number): Promise<void> {
    return this.#parts.store.commit(async (tx) => {
      if (lost.length > 0) await endConnections(tx, lost, { cause: 'lost', end: now })
      if (replaced.length > 0) await endConnections(tx, replaced, { cause: 'replaced', end: now })
      await insertConnections(tx, begun, now)
    })
  }
}

/** A new session is a new connection, also where nobody has seen the old one end. */
function turnsOf(rows: readonly Seen[], known: ReadonlyMap<number, Known>, now: number): Turns {
  const turns: Turns = { lost: [], replaced: [], begun: [] }
  for (const { id, online, session, touched } of rows) {
    const before = known.get(id) ?? { online: false, session: 0 }
    const begins = session > before.session || (online && !before.online)
    if (before.online && begins) turns.replaced.push(id)
    if (before.online && !begins && !online) turns.lost.push(id)
    if (!begins) continue
    const end = online ? { end: null, cause: null } : ({ end: now, cause: 'lost' } as const)
    turns.begun.push({ runner_id: id, start: touched ?? now, ...end })
  }
  return turns
}

/**
 * How good the link of each runner is: when it came and went, and how much it sent today. For people
 * alone, so it is kept in memory: what was before this start of the server is not known.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Store } from '../store/open.ts'
import { findRunners, listRunners } from '../store/runners.ts'

export interface Connection {
  /** ms */
  at: number
  state: 'connected' | 'lost'
}

export interface Link {
  /** Newest first. */
  connections: readonly Connection[]
  /** How often it came back in the last 24 hours. */
  flaps: number
  /** Of messages that it sent since midnight in UTC. */
  bytes: number
}

interface Known {
  online: boolean
  session: number
  connections: Connection[]
}

/** Of each runner. */
const kept = 100
/** A fleet that comes back at once is looked at in one query. */
const gatherMs = 200
const dayMs = 86_400_000

export class RunnerLinks {
  readonly #store: Pick<Store, 'read' | 'changes'>
  readonly #clock: Clock
  readonly #known = new Map<number, Known>()
  readonly #changed = new Set<number>()
  #day = 0
  #bytes = new Map<number, number>()
  #round: Promise<void> | undefined

  constructor(store: Pick<Store, 'read' | 'changes'>, clock: Clock, signal: AbortSignal) {
    this.#store = store
    this.#clock = clock
    store.changes.listen((change) => {
      if (change.kind !== 'runner') return
      this.#changed.add(change.runner)
      this.#round ??= this.#look(signal)
    }, signal)
  }

  /** What was there before counts as it is, not as news. */
  async begin(): Promise<this> {
    for (const { id, online, session } of await listRunners(this.#store.read)) {
      this.#known.set(id, { online, session, connections: [] })
    }
    return this
  }

  /** A message of this runner came, of so many bytes. */
  heard(runner: number, bytes: number): void {
    const day = Math.floor(this.#clock.now() / dayMs)
    if (day !== this.#day) this.#bytes = new Map()
    this.#day = day
    this.#bytes.set(runner, (this.#bytes.get(runner) ?? 0) + bytes)
  }

  of(runner: number): Link {
    const now = this.#clock.now()
    const connections = (this.#known.get(runner)?.connections ?? []).toReversed()
    const back = connections.filter(({ at, state }) => state === 'connected' && at > now - dayMs)
    const today = Math.floor(now / dayMs) === this.#day
    return {
      connections,
      flaps: back.length,
      bytes: today ? (this.#bytes.get(runner) ?? 0) : 0,
    }
  }

  /** Resolves when all changes so far have been looked at. */
  async idle(): Promise<void> {
    await this.#round
    // What came while that round read is for this one.
    await this.#round
  }

  async #look(signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(gatherMs, signal).catch(() => {})
    const ids = [...this.#changed]
    this.#changed.clear()
    // Only for people to look at: what cannot be read now is seen at the next change.
    const rows = await findRunners(this.#store.read, ids).catch(() => [])
    for (const row of rows) this.#note(row)
    const there = new Set(rows.map(({ id }) => id))
    if (rows.length > 0) for (const id of ids) if (!there.has(id)) this.#known.delete(id)
    const more = this.#changed.size > 0 && !signal.aborted
    this.#round = more ? this.#look(signal) : undefined
  }

  #note({ id, online, session }: { id: number; online: boolean; session: number }): void {
    const before = this.#known.get(id) ?? { online: false, session: 0, connections: [] }
    const at = this.#clock.now()
    const { connections } = before
    // A new session is a new connection, also where nobody has seen the old one end.
    if (session > before.session) connections.push({ at, state: 'connected' })
    if (!online && (before.online || session > before.session))
      connections.push({ at, state: 'lost' })
    if (online && !before.online && session === before.session)
      connections.push({ at, state: 'connected' })
    if (connections.length > kept) connections.splice(0, connections.length - kept)
    this.#known.set(id, { online, session, connections })
  }
}

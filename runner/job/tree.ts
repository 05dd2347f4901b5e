/**
 * All processes of one command, wherever they went: `setsid` leaves the process group, a daemon
 * leaves its parent. They are found by their control group, by the mark in their environment, by
 * session and group, and as descendants of any of these. What drops its environment, its session
 * and its parent at once escapes where there is no control group; only a container stops that.
 */
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { type Cgroup, openCgroup } from './cgroup.ts'
import type { Limit } from './limits.ts'
import { markerName } from './marker.ts'
import { type Process, processes, variableOf } from './proc.ts'

const look = 25
/** A process that KILL does not end by then hangs in the kernel (a dead NFS server), ms. */
const patience = 5000

export class ProcessTree {
  readonly #marker: string
  readonly #clock: Clock
  readonly #cgroup: Cgroup | undefined
  #leader = 0

  constructor(marker: string, clock: Clock, limits?: readonly Limit[]) {
    this.#marker = marker
    this.#clock = clock
    this.#cgroup = openCgroup(marker, limits)
  }

  /** Call it in the same tick as the spawn, before the child can have children. */
  adopt(pid: number): void {
    this.#leader = pid
    this.#cgroup?.adopt(pid)
  }

  /** What is said of the limit that it met; undefined = none. */
  get met(): string | undefined {
    return this.#cgroup?.met()
  }

  members(): Process[] {
    return family(processes(), this.#cgroup?.pids() ?? [], this.#leader, this.#marker)
  }

  /**
   * TERM to all, KILL when `grace()` ms are over (at once for 0), until none is left; returns those
   * that were there. The grace is asked for at each look: a forced stop may cut it short.
   * Throws AppError `internal` when KILL does not help.
   */
  async end(grace: () => number): Promise<Process[]> {
    const started = this.#clock.monotonic()
    const first = this.members()
    if (grace() > 0) send(first, 'SIGTERM')
    let alive = first
    // Two looks: a process can fork and end between the reading of the one and of the other.
    for (let empty = alive.length === 0 ? 2 : 0; empty < 2; ) {
      const waited = this.#clock.monotonic() - started
      if (waited >= grace()) {
        this.#cgroup?.kill()
        send(alive, 'SIGKILL')
      }
      if (waited > grace() + patience && alive.length > 0) throw stuck(alive)
      await this.#clock.sleep(look)
      alive = this.members()
      empty = alive.length === 0 ? empty + 1 : 0
    }
    return first
  }

  close(): void {
    this.#cgroup?.close()
  }
}

function family(all: Process[], grouped: number[], leader: number, marker: string): Process[] {
  const inside = new Set(grouped)
  for (const { pid, group, session } of all) {
    const near = leader > 0 && (pid === leader || group === leader || session === leader)
    if (near || variableOf(pid, markerName) === marker) inside.add(pid)
  }
  for (let size = -1; size !== inside.size; ) {
    size = inside.size
    for (const { pid, parent } of all) if (inside.has(parent)) inside.add(pid)
  }
  return all.filter(({ pid }) => inside.has(pid))
}

function send(members: readonly Process[], signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const { pid } of members) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has just ended.
    }
  }
}

function stuck(alive: Process[]): AppError {
  const names = alive.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ')
  return new AppError('internal', `still running after SIGKILL: ${names}`)
}

/** Simulated time: what is to happen, ordered by when, then by who asked first. */
import type { Clock } from '../../lib/clock.ts'

/** A process, or anything else that may die: what it still had in mind then never happens. */
export class Life {
  alive = true
  /** Stopped and to go on (SIGSTOP, a machine that sleeps): nothing of it happens before, simulated ms. */
  heldUntil = 0
}

/** When every run begins, by clocks that are right. */
const epoch = Date.UTC(2026, 0, 1)

interface Planned {
  at: number
  order: number
  life: Life | undefined
  /** It comes from outside, and a process looks for that only once its timers have had their turn. */
  isMessage: boolean
  act(): void
}

export class Timeline {
  now = 0
  #heap: Planned[] = []
  #order = 0

  /** @param life nothing happens if it has ended by then, nor before it goes on */
  after(ms: number, act: () => void, life?: Life, isMessage = false): void {
    this.#push({ at: this.now + Math.max(0, ms), order: this.#order++, life, isMessage, act })
  }

  /** At once, or when the process goes on. */
  unheld(life: Life, act: () => void): void {
    if (life.heldUntil > this.now) this.after(0, act, life)
    else act()
  }

  /** Lets the next thing happen. False if there is none. */
  next(): boolean {
    const planned = this.#pop()
    if (planned === undefined) return false
    this.now = planned.at
    const { life, isMessage, act } = planned
    if (life === undefined) act()
    else if (life.heldUntil > this.now) {
      this.after(life.heldUntil - this.now + Number(isMessage), act, life, isMessage)
    } else if (life.alive) act()
    return true
  }

  /**
   * Time as one process has it. Its wall clock is set by whoever owns the machine, its monotonic clock
   * begins with it: neither means anything to anybody else.
   */
  clock(life: Life, wall = { ahead: 0 }): Clock {
    const began = this.now
    return {
      now: () => Math.floor(epoch + this.now + wall.ahead),
      monotonic: () => this.now - began,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason)
          const wake = () => reject(signal?.reason)
          signal?.addEventListener('abort', wake, { once: true })
          const over = () => {
            signal?.removeEventListener('abort', wake)
            resolve()
          }
          this.after(ms, over, life)
        }),
    }
  }

  #push(planned: Planned): void {
    const heap = this.#heap
    let at = heap.push(planned) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!earlier(planned, heap[parent] as Planned)) break
      heap[at] = heap[parent] as Planned
      at = parent
    }
    heap[at] = planned
  }

  #pop(): Planned | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      const right = heap[child + 1]
      if (right !== undefined && earlier(right, heap[child] as Planned)) child += 1
      if (!earlier(heap[child] as Planned, last)) break
      heap[at] = heap[child] as Planned
      at = child
    }
    heap[at] = last
    return first
  }
}

function earlier(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

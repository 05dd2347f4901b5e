/** One direction of a connection: what goes in comes out later, or never, or twice, or out of turn. */
import type { Life, Timeline } from '../../kit/timeline.ts'
import type { Random } from '../random.ts'
import type { Story } from '../story.ts'

export interface Weather {
  /** Longest time of one way between a runner and the broker, ms. */
  slowest: number
  /** 0 = any time up to `slowest`, 1 = always that long. */
  steady: number
  loss: number
  duplicates: number
  /** How often a message does not wait for those before it. */
  disorder: number
}

export function weatherOf(random: Random): Weather {
  return {
    slowest: random.of([5, 300, 2_000, 7_000]),
    steady: random.of([0, 0.9]),
    loss: random.of([0, 0.02, 0.1]),
    duplicates: random.of([0, 0.05]),
    disorder: random.of([0, 0, 0.05]),
  }
}

export interface Sky {
  timeline: Timeline
  random: Random
  story: Story
  weather: Weather
}

export class Lane {
  readonly #sky: Sky
  /** The process that it leads to; undefined: the broker, or a process by way of it. */
  readonly #to: Life | undefined
  /** When the last message arrives: the next comes after it. */
  #last = 0
  /** Nothing passes any more, whoever knows of it. */
  dead = false

  constructor(sky: Sky, to?: Life) {
    this.#sky = sky
    this.#to = to
  }

  /** @param sure only the end of the connection can lose it */
  send(slowest: number, arrive: () => void, sure = false): void {
    const { random, story, weather } = this.#sky
    if (!sure && random.chance(weather.loss)) return story.count('messages lost')
    this.#carry(slowest, arrive)
    if (sure || !random.chance(weather.duplicates)) return
    story.count('messages repeated')
    this.#after(random.next() * latest(slowest), arrive)
  }

  #carry(slowest: number, arrive: () => void): void {
    const { timeline, random, story, weather } = this.#sky
    const { steady, disorder } = weather
    const lasts = slowest * (steady + (1 - steady) * random.next())
    let at = Math.max(this.#last, timeline.now + lasts)
    if (disorder > 0 && random.chance(disorder)) {
      story.count('messages out of order')
      at += random.next() * latest(slowest)
    } else {
      this.#last = at
    }
    this.#after(at - timeline.now, arrive)
  }

  #after(ms: number, arrive: () => void): void {
    const act = () => {
      if (!this.dead) arrive()
    }
    this.#sky.timeline.after(ms, act, this.#to, true)
  }
}

/** How much later than the others a copy, or a message that lost its turn, may come, ms. */
function latest(slowest: number): number {
  return Math.min(5_000, 5 * slowest)
}

/** One run: a time of faults, then a time of peace in which everything must come to its end. */
import type { Schema } from './database/schema.ts'
import { unmountAll } from './disk/calls.ts'
import { World } from './world.ts'

export interface Outcome {
  /** What must never happen and did; undefined if nothing. */
  violation: string | undefined
  /** Simulated ms from the last fault until everything was over. */
  settledIn: number
  counts: ReadonlyMap<string, number>
}

/** After the last fault everything is over within this, simulated ms. */
const peaceMs = 600_000

/** So often the event loop turns, which costs more than most events: the memory of weak references is freed. */
const turnEvery = 100

/** So often it is looked whether all is over. */
const lookEvery = 10

/** @param tell gets the story of the run, line by line */
export async function simulate(
  seed: number,
  schema: Schema,
  tell?: (line: string) => void,
): Promise<Outcome> {
  const world = new World(seed, schema, tell)
  const { timeline, story } = world
  const { faultsMs } = world
  await world.begin()
  for (let events = 1; story.violation === undefined; events += 1) {
    if (!timeline.next()) story.fail('nothing happens any more')
    // Promises of the real code settle before anything else happens: no tick comes before their last.
    await new Promise<void>((go) =>
      events % turnEvery === 0 ? setImmediate(go) : process.nextTick(go),
    )
    if (events % lookEvery === 0 && world.isPeace && world.over()) break
    if (timeline.now > faultsMs + peaceMs) story.fail(`no end in sight: ${world.unsettled()}`)
  }
  unmountAll()
  return { violation: story.violation, settledIn: timeline.now - faultsMs, counts: story.counts }
}

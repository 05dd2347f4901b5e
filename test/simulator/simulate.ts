/** One run: a time of faults, then a time of peace in which everything must come to its end. */
import type { Schema } from './database/schema.ts'
import { unmountAll } from './disk/calls.ts'
import { faultsMs, World } from './world.ts'

export interface Outcome {
  /** What must never happen and did; undefined if nothing. */
  violation: string | undefined
  /** Simulated ms from the last fault until everything was over. */
  settledIn: number
  counts: ReadonlyMap<string, number>
}

/** After the last fault everything is over within this, simulated ms. */
const peaceMs = 600_000

/** @param tell gets the story of the run, line by line */
export async function simulate(
  seed: number,
  schema: Schema,
  tell?: (line: string) => void,
): Promise<Outcome> {
  const world = new World(seed, schema, tell)
  const { timeline, story } = world
  await world.begin()
  while (story.violation === undefined) {
    if (!timeline.next()) story.fail('nothing happens any more')
    // Promises of the real code settle before anything else happens.
    await new Promise(setImmediate)
    if (world.isPeace && world.over()) break
    if (timeline.now > faultsMs + peaceMs) story.fail(`no end in sight: ${world.unsettled()}`)
  }
  unmountAll()
  return { violation: story.violation, settledIn: timeline.now - faultsMs, counts: story.counts }
}

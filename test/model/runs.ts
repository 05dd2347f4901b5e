/**
 * node --import tsx test/model/runs.ts BREAK FIRST LAST: runs of these seeds, until one fails; what came
 * of them as one line of JSON. A program of its own: node:test slows every promise down five times.
 * node --import tsx test/model/runs.ts BREAK SEED: one run, told event by event.
 */
import { type BreakName, breaks } from './breaks.ts'
import { simulate } from './simulate.ts'

export interface Runs {
  runs: number
  /** The longest time to settle, simulated ms. */
  settledIn: number
  seen: Record<string, number>
  failure: string | undefined
}

const [name = 'nothing', first = '1', last] = process.argv.slice(2)
const broken = breaks[name as BreakName]
if (broken === undefined) throw new Error(`expected one of ${Object.keys(breaks)}, got ${name}`)

if (last === undefined) await simulate(Number(first), broken, console.log)
else console.log(JSON.stringify(await runAll(Number(first), Number(last))))

async function runAll(first: number, last: number): Promise<Runs> {
  const all: Runs = { runs: 0, settledIn: 0, seen: {}, failure: undefined }
  for (let seed = first; seed <= last && all.failure === undefined; seed += 1) {
    try {
      const { settledIn, seen } = await simulate(seed, broken)
      all.settledIn = Math.max(all.settledIn, settledIn)
      for (const [what, times] of seen) all.seen[what] = (all.seen[what] ?? 0) + times
    } catch (error) {
      all.failure = (error as Error).message
    }
    all.runs += 1
  }
  return all
}

/**
 * Runs seeds for main.ts, in a process of its own: `seeds.js SEED` tells the story of one; without an
 * argument it takes ranges of seeds as messages and answers each with what came of it.
 */
import { readSchema } from './database/schema.ts'
import { installDisks } from './disk/calls.ts'
import { installReceiver } from './network/receiver.ts'
import { simulate } from './simulate.ts'

export interface Range {
  first: number
  last: number
}

export interface Report {
  runs: number
  /** The longest time to settle, simulated ms. */
  settledIn: number
  counts: Record<string, number>
  /** CPU time, ms. */
  cpuMs: number
  failure?: { seed: number; what: string }
}

// Nobody reads where an error of the simulated world came from.
Error.stackTraceLimit = 0
installDisks()
installReceiver()
const schema = await readSchema()

async function runAll({ first, last }: Range): Promise<Report> {
  const began = process.cpuUsage()
  const report: Report = { runs: 0, settledIn: 0, counts: {}, cpuMs: 0 }
  for (let seed = first; seed <= last && report.failure === undefined; seed += 1) {
    const { violation, settledIn, counts } = await simulate(seed, schema)
    report.runs += 1
    report.settledIn = Math.max(report.settledIn, settledIn)
    for (const [what, times] of counts) report.counts[what] = (report.counts[what] ?? 0) + times
    if (violation !== undefined) report.failure = { seed, what: violation }
  }
  const { user, system } = process.cpuUsage(began)
  report.cpuMs = (user + system) / 1000
  return report
}

const seed = process.argv[2]
if (seed === undefined) {
  process.on(
    'message',
    (range: Range) => void runAll(range).then((report) => process.send?.(report)),
  )
  process.on('disconnect', () => process.exit())
  process.send?.('ready')
} else {
  const { violation } = await simulate(Number(seed), schema, (line) => console.log(line))
  if (violation !== undefined) process.exitCode = 1
}

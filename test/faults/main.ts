/**
 * `npm run faults -- --quick|--full [--only NAME] [--seed N] [--out DIR] [--jobs N] [--save]`: real
 * processes under faults. Exit code 0: nothing lost, nothing twice; 1: something was, and is listed.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compile } from '../../bench/compile.ts'
import { systemClock } from '../../lib/clock.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import { CleanupStack } from '../../lib/stack.ts'
import { Program } from '../kit/program.ts'
import { saveFigures } from './figures.ts'
import { report, writeReports } from './report.ts'
import { type Plan, runAll } from './run.ts'
import { named, type Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

interface Wanted extends Plan {
  list: boolean
  save: boolean
  out: string
}

try {
  const wanted = parse(process.argv.slice(2))
  if (wanted.list)
    for (const { name, title } of scenarios) console.log(`${name.padEnd(14)} ${title}`)
  // A scenario that was given up may still wait for something that will never come.
  else process.exit(await carryOut(wanted))
} catch (error) {
  console.error(`faults: ${lineOf(error)}`)
  process.exitCode = error instanceof AppError && error.code === 'usage' ? 2 : 1
}

async function carryOut(wanted: Wanted): Promise<number> {
  await using stack = new CleanupStack()
  const compiled = stack.use(await compile())
  Program.entry = [join(compiled.folder, 'cli.js')]
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => stop.abort())
  const began = systemClock.monotonic()
  const outcomes = await runAll(wanted, stop.signal)
  const seconds = Math.round((systemClock.monotonic() - began) / 1000)
  const all = report(wanted, outcomes, seconds)
  console.log(`\n${all.text}`)
  writeReports(wanted.out, all)
  const left = wanted.save ? saveFigures(all) : []
  if (left.length > 0) console.log(`not saved: ${left.join(', ')}`)
  return all.passed ? 0 : 1
}

function parse(args: string[]): Wanted {
  const options = {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    jobs: { type: 'string', default: '3' },
    out: { type: 'string', default: 'faults-report' },
  } as const
  const { quick, full, list, save, only, seed, jobs, out } = parsed(
    () => parseArgs({ args, options }).values,
  )
  if (!list && quick === full) throw new AppError('usage', 'expected --quick or --full')
  const chosen: Scenario[] = (only ?? []).map((name) => named(scenarios, name))
  return {
    size: full ? 'full' : 'quick',
    scenarios: chosen.length > 0 ? chosen : scenarios,
    seed: number('--seed', seed),
    jobs: number('--jobs', jobs),
    list,
    save,
    out,
  }
}

function number(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new AppError('usage', `${name}: expected a whole number, got ${text}`)
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new AppError('usage', lineOf(cause), { cause })
  }
}

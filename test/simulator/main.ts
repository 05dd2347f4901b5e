/** `npm run simulate`: the real server and runners on simulated networks, disks and clocks. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { AppError, lineOf } from '../../lib/errors.ts'
import { type Break, breaks } from './breaks.ts'
import { type Compiled, compile } from './compile.ts'
import { runSeeds } from './pool.ts'
import type { Report } from './seeds.ts'

const help = `Runs server and runners, the real code, on simulated networks, disks and clocks that fail.

  npm run simulate -- --seeds 1000         so many runs; exit 1 if a promise is broken in one
  npm run simulate -- --seed 42            tells the story of one run; the same seed, the same story
  npm run simulate -- --break NAME         with a fault built in, which is to be found
  npm run simulate -- --breaks             every fault, and the first seed that finds it

  --seeds N    runs (default 1000; for faults 10000 at most)
  --first N    the first seed (default 1)

Faults: ${Object.keys(breaks).join(', ')}.`

interface Wanted {
  seeds: number
  first: number
  seed: number | undefined
  broken: string | undefined
}

// What was compiled is removed at the exit; the processes that run seeds end with their channel.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(`simulate: ${lineOf(error)}`)
  process.exitCode = error instanceof AppError && error.code === 'usage' ? 2 : 1
}

async function main(args: string[]): Promise<number> {
  const { values } = parsed(args)
  if (values.help) {
    console.log(help)
    return 0
  }
  const count = (name: 'seeds' | 'first' | 'seed') => {
    const value = values[name]
    if (value === undefined || /^[1-9]\d{0,8}$/.test(value)) return value && Number(value)
    throw new AppError('usage', `--${name}: expected a whole number from 1, got ${value}`)
  }
  const wanted: Wanted = {
    seeds: count('seeds') || (values.break || values.breaks ? 10_000 : 1_000),
    first: count('first') || 1,
    seed: count('seed') || undefined,
    broken: values.break,
  }
  if (values.breaks) return await findAll(wanted)
  const broken = wanted.broken === undefined ? undefined : breakNamed(wanted.broken)
  const compiled = await compile(broken)
  try {
    if (wanted.seed !== undefined) return await tell(compiled, wanted.seed)
    return await runAll(compiled, wanted)
  } finally {
    await compiled.close()
  }
}

function parsed(args: string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = { seeds: text, first: text, seed: text, break: text, breaks: flag, help: flag }
  try {
    return parseArgs({ args, options })
  } catch (cause) {
    throw new AppError('usage', lineOf(cause), { fix: 'see npm run simulate -- --help', cause })
  }
}

function breakNamed(name: string): Break {
  const found = Object.hasOwn(breaks, name) ? breaks[name] : undefined
  if (found !== undefined) return found
  const names = Object.keys(breaks).join(', ')
  throw new AppError('usage', `--break: expected one of ${names}, got ${name}`)
}

/** @returns the exit code: 1 if what is promised was broken */
async function tell({ program }: Compiled, seed: number): Promise<number> {
  const child = spawn(process.execPath, [program, String(seed)], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return code === 0 ? 0 : 1
}

async function runAll({ program }: Compiled, wanted: Wanted): Promise<number> {
  const { first, seeds, broken } = wanted
  const began = performance.now()
  const report = await runSeeds(program, { first, last: first + seeds - 1 })
  print(report, performance.now() - began)
  if (report.failure === undefined) return 0
  const { seed, what } = report.failure
  const same = broken === undefined ? '' : ` --break '${broken}'`
  console.error(`simulate: seed ${seed}: ${what}`)
  console.error(`replay: npm run simulate -- --seed ${seed}${same}`)
  return 1
}

/** Every fault is found, or the simulator is worth nothing. */
async function findAll({ first, seeds }: Wanted): Promise<number> {
  let missed = 0
  for (const [name, { rule, ...broken }] of Object.entries(breaks)) {
    const compiled = await compile({ rule, ...broken })
    const { failure } = await runSeeds(compiled.program, { first, last: first + seeds - 1 })
    await compiled.close()
    if (failure === undefined) missed += 1
    const found = failure ? `seed ${failure.seed}: ${failure.what}` : `NOT FOUND in ${seeds} runs`
    console.log(`${name} (${rule}): ${found.slice(0, 160)}`)
  }
  return missed === 0 ? 0 : 1
}

function print({ runs, settledIn, counts, cpuMs }: Report, tookMs: number): void {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  for (const what of Object.keys(counts).sort()) {
    console.log(`${String(counts[what]).padStart(9)}  ${what}`)
  }
  console.log(`${runs} runs in ${seconds(tookMs)}, ${seconds(cpuMs)} of CPU`)
  console.log(`all settled within ${seconds(settledIn)} of simulated peace`)
}

/** `npm run bench -- dispatch [--runs N] [--runners N] [--save]`: each benchmark beside the least that it can cost. */
import { parseArgs } from 'node:util'
import { AppError, lineOf } from '../lib/errors.ts'
import { type Benchmark, isReached, type Options } from './benchmark.ts'
import { print, save } from './report.ts'

const benchmarks: Record<string, () => Promise<{ benchmark: Benchmark }>> = {
  dispatch: () => import('./dispatch.ts'),
  log: () => import('./log.ts'),
  fleet: () => import('./fleet.ts'),
  git: () => import('./git.ts'),
  web: () => import('./web.ts'),
}

try {
  const { name, options, keep } = wanted(process.argv.slice(2))
  const { benchmark } = await (benchmarks[name] as () => Promise<{ benchmark: Benchmark }>)()
  const report = await benchmark(options)
  print(report)
  if (keep) save(name, report)
  if (!report.aims.every(isReached)) process.exitCode = 1
} catch (error) {
  console.error(`bench: ${lineOf(error)}`)
  process.exitCode = error instanceof AppError && error.code === 'usage' ? 2 : 1
}

function wanted(args: string[]): { name: string; options: Options; keep: boolean } {
  const number = { type: 'string' } as const
  const options = {
    runs: number,
    runners: number,
    save: { type: 'boolean', default: false },
  } as const
  const { values, positionals } = parsed(() => parseArgs({ args, options, allowPositionals: true }))
  const [name = ''] = positionals
  if (!Object.hasOwn(benchmarks, name)) {
    const names = Object.keys(benchmarks).join(', ')
    throw new AppError('usage', `expected one of ${names}, got ${name || 'nothing'}`)
  }
  const count = (option: 'runs' | 'runners') => {
    const value = values[option]
    if (value === undefined) return undefined
    if (/^[1-9]\d*$/.test(value)) return Number(value)
    throw new AppError('usage', `--${option}: expected a whole number, got ${value}`)
  }
  return { name, options: { runs: count('runs'), runners: count('runners') }, keep: values.save }
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new AppError('usage', lineOf(cause), { cause })
  }
}

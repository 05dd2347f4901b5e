/** `npm run bench -- dispatch [--runs N] [--save]`: each benchmark beside the least that it can cost. */
import { parseArgs } from 'node:util'
import { AppError, lineOf } from '../lib/errors.ts'
import type { Benchmark } from './benchmark.ts'
import { print, save } from './report.ts'

const benchmarks: Record<string, () => Promise<{ benchmark: Benchmark }>> = {
  dispatch: () => import('./dispatch.ts'),
  log: () => import('./log.ts'),
}

try {
  const { name, runs, keep } = wanted(process.argv.slice(2))
  const { benchmark } = await (benchmarks[name] as () => Promise<{ benchmark: Benchmark }>)()
  const report = await benchmark(runs)
  print(report)
  if (keep) save(name, report)
} catch (error) {
  console.error(`bench: ${lineOf(error)}`)
  process.exitCode = error instanceof AppError && error.code === 'usage' ? 2 : 1
}

function wanted(args: string[]): { name: string; runs: number | undefined; keep: boolean } {
  const options = { runs: { type: 'string' }, save: { type: 'boolean', default: false } } as const
  const { values, positionals } = parsed(() => parseArgs({ args, options, allowPositionals: true }))
  const [name = ''] = positionals
  if (!Object.hasOwn(benchmarks, name)) {
    const names = Object.keys(benchmarks).join(' or ')
    throw new AppError('usage', `expected ${names}, got ${name || 'nothing'}`)
  }
  const runs = values.runs === undefined ? undefined : Number(values.runs)
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0)) {
    throw new AppError('usage', `--runs: expected a whole number, got ${values.runs}`)
  }
  return { name, runs, keep: values.save }
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new AppError('usage', lineOf(cause), { cause })
  }
}

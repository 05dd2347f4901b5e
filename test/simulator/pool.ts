/** Seeds spread over processes. Ranges are handed out in order, so the first failure is the lowest seed. */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { AppError } from '../../lib/errors.ts'
import type { Range, Report } from './seeds.ts'

/** Seeds at a time: few enough that no process is left alone at the end. */
const atOnce = 25

/** Runs all seeds of `range`, or until one fails. */
export async function runSeeds(program: string, { first, last }: Range): Promise<Report> {
  const total: Report = { runs: 0, settledIn: 0, counts: {}, cpuMs: 0 }
  let next = first
  const take = (): Range | undefined => {
    if (next > last || total.failure !== undefined) return undefined
    const range = { first: next, last: Math.min(next + atOnce - 1, last) }
    next = range.last + 1
    return range
  }
  const ranges = Math.ceil((last - first + 1) / atOnce)
  const processes = Math.min(availableParallelism(), ranges)
  await Promise.all(Array.from({ length: processes }, () => work(program, take, total)))
  return total
}

/** One process, until nothing is left to take. */
function work(program: string, take: () => Range | undefined, total: Report): Promise<void> {
  const child = fork(program, { execArgv: [] })
  return new Promise((resolve, reject) => {
    const goOn = () => {
      const range = take()
      if (range === undefined) child.disconnect()
      else child.send(range)
    }
    child.on('message', (message: Report | 'ready') => {
      if (message !== 'ready') add(total, message)
      goOn()
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (code === 0) return resolve()
      reject(new AppError('internal', `the simulator ended with ${code ?? signal}`))
    })
  })
}

function add(total: Report, { runs, settledIn, counts, cpuMs, failure }: Report): void {
  total.runs += runs
  total.settledIn = Math.max(total.settledIn, settledIn)
  total.cpuMs += cpuMs
  for (const [what, times] of Object.entries(counts)) {
    total.counts[what] = (total.counts[what] ?? 0) + times
  }
  if (failure === undefined) return
  if (total.failure === undefined || failure.seed < total.failure.seed) total.failure = failure
}

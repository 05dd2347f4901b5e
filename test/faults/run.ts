/** Runs scenarios, a few at a time; each one to its end, whatever comes of it. */
import { once } from 'node:events'
import { systemClock } from '../../lib/clock.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import { CleanupStack } from '../../lib/stack.ts'
import { type Outcome, type Scenario, Stage } from './scenario.ts'

export interface Plan {
  size: 'quick' | 'full'
  scenarios: readonly Scenario[]
  seed: number
  /** Scenarios at once. */
  jobs: number
}

/** @param stop ends what runs; all of it is cleared away before this resolves */
export async function runAll(plan: Plan, stop: AbortSignal): Promise<Outcome[]> {
  const { scenarios, jobs } = plan
  const outcomes: Outcome[] = []
  const waiting = [...scenarios.entries()]
  const worker = async () => {
    for (let next = waiting.shift(); next && !stop.aborted; next = waiting.shift()) {
      const [index, scenario] = next
      outcomes[index] = await runOne(scenario, plan, stop)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return outcomes.filter(Boolean)
}

async function runOne(scenario: Scenario, plan: Plan, stop: AbortSignal): Promise<Outcome> {
  const { name, title } = scenario
  const { seed } = plan
  const size = scenario[plan.size]
  const say = (text: string) => console.log(`${name}: ${text}`)
  const stack = new CleanupStack()
  const stage = new Stage(seed, stack, say)
  const { faults, counts, found, findings, logs } = stage
  const outcome: Outcome = {
    ...{ name, title, seed, size, seconds: 0 },
    ...{ faults, counts, found, findings, logs },
  }
  const missing = await scenario.missing?.()
  if (missing !== undefined) {
    const reason = `needs ${missing.what}`
    const isFault = missing.installable && process.env.CI !== undefined
    say(isFault ? reason : `skipped, ${reason}`)
    return { ...outcome, [isFault ? 'error' : 'skipped']: reason }
  }
  say('begins')
  const began = systemClock.monotonic()
  try {
    await Promise.race([scenario.run(size, stage), overdue(scenario.limits[plan.size], stop)])
  } catch (error) {
    const isOurs = error instanceof AppError || !(error instanceof Error)
    outcome.error = isOurs ? lineOf(error) : `${error.stack}`
  }
  stage.over = true
  await stack.close().catch((error) => {
    outcome.error ??= `not cleared away: ${lineOf(error)}`
  })
  outcome.seconds = Math.round((systemClock.monotonic() - began) / 1000)
  const bad = Object.values(found).reduce((sum, times) => sum + times, 0)
  say(outcome.error ?? `${bad === 0 ? 'held' : `${bad} findings`} after ${outcome.seconds} s`)
  return outcome
}

/** Rejects after so many seconds, or when all is stopped. */
async function overdue(seconds: number, stop: AbortSignal): Promise<never> {
  const late = AbortSignal.timeout(seconds * 1000)
  await once(AbortSignal.any([late, stop]), 'abort')
  throw new AppError('unavailable', stop.aborted ? 'stopped' : `not over after ${seconds} s`)
}

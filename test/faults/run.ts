/** Runs scenarios, a few at a time; each one to its end, whatever comes of it. */
import { systemClock } from '../../lib/clock.ts'
import { lineOf } from '../../lib/errors.ts'
import { CleanupStack } from '../../lib/stack.ts'
import { type Outcome, type Scenario, Stage } from './scenario.ts'

export interface Plan {
  size: 'quick' | 'full'
  scenarios: readonly Scenario[]
  seed: number
  /** Scenarios at once. */
  jobs: number
}

export async function runAll({ scenarios, size, seed, jobs }: Plan): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const waiting = [...scenarios.entries()]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, scenario] = next
      outcomes[index] = await runOne(scenario, size, seed)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return outcomes
}

async function runOne(scenario: Scenario, which: Plan['size'], seed: number): Promise<Outcome> {
  const { name, title } = scenario
  const size = scenario[which]
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
    // On the machine that decides whether a change is good, nothing is left out quietly.
    const reason = `needs ${missing}`
    say(`skipped, ${reason}`)
    return process.env.CI ? { ...outcome, error: reason } : { ...outcome, skipped: reason }
  }
  say('begins')
  const began = systemClock.monotonic()
  try {
    await scenario.run(size, stage)
  } catch (error) {
    outcome.error = error instanceof Error ? `${error.stack}` : lineOf(error)
  }
  await stack.close().catch((error) => {
    outcome.error ??= `not cleared away: ${lineOf(error)}`
  })
  outcome.seconds = Math.round((systemClock.monotonic() - began) / 1000)
  const bad = Object.values(found).reduce((sum, times) => sum + times, 0)
  say(outcome.error ?? `${bad === 0 ? 'held' : `${bad} findings`} after ${outcome.seconds} s`)
  return outcome
}

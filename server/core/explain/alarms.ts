import type { RunnerFacts } from './facts.ts'
import type { Finding } from './finding.ts'
import { nameOf } from './words.ts'

/** What is odd with a runner that a task depends on. */
export function alarmsOf(runner: RunnerFacts): Finding[] {
  return runner.alarms.map((alarm) => ({
    code: 'runner-alarm',
    text: `something is odd with ${nameOf(runner)}: ${alarm}`,
    runner: runner.id,
  }))
}

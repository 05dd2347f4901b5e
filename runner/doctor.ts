/** `runner doctor`: looks at all that a runner needs, and says of each what is wrong and what to do. */
import type { Clock } from '../lib/clock.ts'
import type { RunnerConfig } from './config.ts'
import { examineBroker } from './doctor/broker.ts'
import type { Finding } from './doctor/finding.ts'
import { examineMachine } from './doctor/machine.ts'
import { examineNetwork } from './doctor/network.ts'
import { examineToken } from './doctor/token.ts'

/** One finding after the other, as they come; what needs something that failed is skipped. */
export async function* examine(config: RunnerConfig, clock: Clock): AsyncGenerator<Finding> {
  for (const says of config.warnings) yield { check: 'configuration', state: 'note', says }
  const reached = yield* examineNetwork(config, clock)
  const answer = reached ? yield* examineToken(config) : undefined
  if (answer !== undefined) yield* examineBroker(config, answer, clock)
  else yield { check: 'broker', state: 'skipped', says: 'the server tells where it is' }
  yield* examineMachine(config)
}

import { explain } from '../core/explain/explain.ts'
import type { Finding } from '../core/explain/finding.ts'
import { explainFacts, type ServerRules } from '../store/explain-facts.ts'
import type { Store } from '../store/open.ts'

export { type Finding, findingCodes } from '../core/explain/finding.ts'
export type { ServerRules }

/** Why a task waits, or what is odd with it, most important first. @throws AppError `not_found` */
export async function explainTask(
  store: Store,
  task: number,
  rules: ServerRules,
  now: number,
): Promise<Finding[]> {
  return explain(await explainFacts(store.read, task, rules, now))
}

/** `Credentials` over the worker: the whole table goes over at each change, so nothing can drift. */
import type { Credentials } from '../credentials.ts'
import type { TokenHashes } from './runners.ts'

/**
 * @param known at the beginning
 * @param know makes exactly these runners known; resolves once it is in force.
 */
export function embeddedCredentials(
  known: TokenHashes,
  know: (runners: TokenHashes) => Promise<void>,
): Credentials {
  const become = (next: TokenHashes) => {
    known = next
    return know(next)
  }
  return {
    sync: (runners) => become(new Map(runners.map(({ id, tokenHash }) => [id, tokenHash]))),
    put: ({ id, tokenHash }) => become(new Map([...known, [id, tokenHash]])),
    remove: (id) => become(new Map([...known].filter(([other]) => other !== id))),
  }
}

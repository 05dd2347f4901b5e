/**
 * What Aedes keeps for whoever subscribes later. For each subscription it looks at all that it keeps,
 * to see whether it is meant: a fleet that comes back would look at every presence for every runner,
 * which is most of its work from a few hundred on. But only presences are kept (hooks.ts), and only
 * the server may read them, which does so by a wildcard.
 */
import { Readable } from 'node:stream'

/** As much of Aedes' persistence as matters here; its types keep it to themselves. */
export interface Kept {
  createRetainedStreamCombi(filters: string[]): Readable
}

/** From now on nothing is looked for that cannot be there. */
export function lookOnlyForWildcards(broker: object): void {
  const { persistence: kept } = broker as { persistence: Kept }
  const look = kept.createRetainedStreamCombi.bind(kept)
  kept.createRetainedStreamCombi = (filters) => {
    const wide = filters.filter((filter) => /[+#]/.test(filter))
    return wide.length > 0 ? look(wide) : Readable.from([])
  }
}

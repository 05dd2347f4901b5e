/** How many of a long list are shown at once. */
export const pageSize = 200

interface Props {
  /** What is shown, newest first. */
  of: readonly { id: number }[]
  /** Of the view. */
  address: string
  /** Since what is shown begins; null = now. */
  before: string | null
}

/** Below a long list: the way to what is older, and back. */
export function Older({ of, address, before }: Props) {
  const last = of.at(-1)
  const isMore = of.length === pageSize && last !== undefined
  if (before === null && !isMore) return null
  return (
    <nav class="row" aria-label="Pages">
      {before !== null && (
        <a class="button" href={address}>
          Newest
        </a>
      )}
      {isMore && (
        <a class="button" href={`${address}?before=${last.id}`}>
          Older
        </a>
      )}
    </nav>
  )
}

/** The query of the API for such a page. */
export const pageOf = (before: string | null) =>
  `limit=${pageSize}${before === null ? '' : `&before=${encodeURIComponent(before)}`}`

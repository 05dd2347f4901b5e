/**
 * What both git clients can do; checkout.ts knows the order. They throw AppError `unavailable` for
 * what may work later, `damaged` for what a fresh clone may mend, `repository` for the rest.
 */
export interface GitClient {
  /** The first of these full ref names (or HEAD) that the remote has, and where it stands. */
  resolve(refs: readonly string[]): Promise<{ ref: string; hash: string } | undefined>
  /** The full hash of a commit that is here already; annotated tags are followed. */
  find(hash: string): Promise<string | undefined>
  /**
   * Fetches a full ref name or a full hash, or all branches and tags; returns what the ref stands at.
   * `depth` is how many commits of history, 0 for all, also in a tree that had fewer.
   */
  fetch(ref: string | 'all', depth: number): Promise<string | undefined>
  /** Makes the work tree that commit, HEAD detached. Untracked files stay. */
  checkout(hash: string): Promise<void>
  /** Paths of all files of this base name that are checked out. */
  tracked(name: string): Promise<string[]>
  /** First line of the commit's message. */
  message(hash: string): Promise<string>
}

/** git's own number for a history without an end (fetch-options.txt, --unshallow). */
export const wholeHistory = 0x7fffffff

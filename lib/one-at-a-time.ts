/**
 * A wake-up function around `run`: calls that come while it runs are together one more run after it.
 * So work is never done twice at once, and what changed during a run is never overlooked.
 * @param run must not reject.
 */
export function oneAtATime(run: () => Promise<void>): () => void {
  let state: 'idle' | 'running' | 'again' = 'idle'
  return function wake() {
    if (state !== 'idle') {
      state = 'again'
      return
    }
    state = 'running'
    void run().then(() => {
      const again = state === 'again'
      state = 'idle'
      if (again) wake()
    })
  }
}

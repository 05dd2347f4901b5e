/** Time as a parameter: `now` is for display and expiry, `monotonic` for every duration (rule D9). */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. It may jump; never subtract two of these to decide. */
  now(): number
  /** Milliseconds since an arbitrary start; never jumps, never goes back. */
  monotonic(): number
  /** Resolves after `ms`, or rejects with the signal's reason if that comes first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const wake = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', wake)
        resolve()
      }, ms)
      signal?.addEventListener('abort', wake, { once: true })
    })
  },
}

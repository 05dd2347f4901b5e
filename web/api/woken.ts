/**
 * A laptop that slept, a tab that was frozen: connections from before may be dead without a word, so
 * whoever holds one opens it anew.
 */
const listeners = new Set<() => void>()
const tickMs = 5000
/** A tick that comes so late says that the page stood still. */
const lateMs = 20_000

let last = Date.now()
setInterval(() => {
  const now = Date.now()
  if (now - last > lateMs) wake()
  last = now
}, tickMs)
document.addEventListener('resume', wake)
addEventListener('online', wake)

/** @returns how to stop listening */
export function onWake(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function wake(): void {
  last = Date.now()
  for (const listener of listeners) listener()
}

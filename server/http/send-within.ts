/** One message to the far side of a WebSocket, and no next one before it is on its way. */
import type { WebSocket } from 'ws'
import type { Clock } from '../../lib/clock.ts'

/** @returns false if it was not taken within `ms`, or `signal` aborted before */
export async function sendWithin(
  socket: WebSocket,
  text: string,
  { clock, ms, signal }: { clock: Clock; ms: number; signal: AbortSignal },
): Promise<boolean> {
  const settled = new AbortController()
  const taken = new Promise<boolean>((resolve) => socket.send(text, () => resolve(true)))
  const no = () => false
  const late = clock.sleep(ms, AbortSignal.any([signal, settled.signal])).then(no, no)
  const first = await Promise.race([taken, late])
  settled.abort()
  return first
}

/** Ports for whoever has to be told one: a server that is started again, Mosquitto, sshd. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/**
 * Below those that a kernel gives to whoever asks for any (`ip_local_port_range`): until the port is
 * listened on, and while its server is down, another test that listens on port 0 cannot be given it.
 * Browsers refuse 10080.
 */
const [lowest, end] = [11_000, 32_000]

/** Different ones of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>()
  while (held.size < count) {
    const port = randomInt(lowest, end)
    const server = createServer()
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
      held.set(port, server)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
  for (const server of held.values()) await once(server.close(), 'close')
  return [...held.keys()]
}

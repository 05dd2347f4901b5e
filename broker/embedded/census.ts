/** How many sockets are open, in all and from each address. */
/** As much of a socket as matters here. */
interface Closable {
  once(event: 'close', leave: () => void): unknown
}

export interface Census {
  /** Counts `socket` until it closes. @returns why it cannot stay, or undefined. */
  enter(address: string, socket: Closable): string | undefined
}

export function countSockets(limits: { sockets: number; perAddress: number }): Census {
  const open = new Map<string, number>()
  let total = 0
  return {
    enter(address, socket) {
      const here = open.get(address) ?? 0
      if (total >= limits.sockets) return `${total} connections are open`
      if (here >= limits.perAddress) return `${here} connections from this address are open`
      total += 1
      open.set(address, here + 1)
      socket.once('close', () => {
        total -= 1
        const left = (open.get(address) ?? 1) - 1
        if (left > 0) open.set(address, left)
        else open.delete(address)
      })
      return undefined
    },
  }
}

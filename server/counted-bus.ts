/** Counts what goes over the server's own connection to the broker, by channel, for the metrics. */
import type { Bus, BusHandlers } from '../broker/bus.ts'
import type { Topics } from '../broker/topics.ts'
import type { Counters } from '../lib/counters.ts'

type Handlers = Pick<BusHandlers, 'onMessage' | 'onConnect'>

export function countedBus(
  connect: (handlers: Handlers) => Bus,
  topics: Topics,
  counters: Counters,
): (handlers: Handlers) => Bus {
  const count = (way: 'received' | 'sent', topic: string, payload: Uint8Array | string) => {
    // What is no address of ours may be any text, and a label must not.
    const channel = topics.parse(topic)?.channel ?? 'other'
    counters.add(`broker_messages_${way}_total`, channel)
    counters.add(`broker_bytes_${way}_total`, channel, Buffer.byteLength(payload))
  }
  return ({ onMessage, onConnect }) => {
    const bus = connect({
      onConnect,
      onMessage(topic, payload, retained) {
        count('received', topic, payload)
        onMessage(topic, payload, retained)
      },
    })
    return {
      ...bus,
      get connected() {
        return bus.connected
      },
      async publish(topic, payload, options) {
        await bus.publish(topic, payload, options)
        count('sent', topic, payload)
      },
    }
  }
}

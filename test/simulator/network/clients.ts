/** The Bus of each side, over the simulated broker: connects, and again whenever it was cut off. */
import type { Bus, BusHandlers } from '../../../broker/bus.ts'
import type { Pace } from '../../../broker/pace.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Life } from '../../kit/timeline.ts'
import { type Broker, near } from './broker.ts'
import type { Connection } from './connection.ts'

/** A try to connect that nobody answers takes so long, ms. */
const unanswered = 5_000
/** What a process does after its death is done by nobody. */
const never = () => new Promise<never>(() => {})

export interface RunnerClient extends Bus {
  /** The process dies. */
  abandon(): void
}

export function connectRunner(
  broker: Broker,
  runner: number,
  life: Life,
  handlers: BusHandlers,
  pace: Pace,
): RunnerClient {
  const { timeline, random, weather } = broker.sky
  let connection: Connection | undefined
  let ended = false

  function tryAgain(heldMs: number | undefined, refused = false): void {
    if (!ended) timeline.after(pace.next({ heldMs, refused }), reach, life)
  }
  function reach(): void {
    if (ended) return
    if (!broker.reachable(runner)) {
      return timeline.after(random.int(0, unanswered), () => tryAgain(undefined), life)
    }
    if (!broker.knows(runner)) return tryAgain(undefined, true)
    const made = broker.accept(runner, {
      life,
      onMessage: (topic, payload) => handlers.onMessage(topic, payload, false),
      onLost() {
        connection = undefined
        handlers.onDisconnect('the connection is lost')
        tryAgain(timeline.now - made.began)
      },
    })
    connection = made
    handlers.onConnect(made.nonce)
  }
  timeline.after(random.next() * weather.slowest, reach, life)

  return {
    get connected() {
      return connection !== undefined
    },
    async publish(topic, payload) {
      if (!life.alive) return never()
      if (connection === undefined) throw new AppError('unavailable', 'not connected')
      await broker.fromRunner(connection, topic, Buffer.from(payload))
    },
    rest(ms) {
      connection?.leave()
      connection = undefined
      timeline.after(ms, reach, life)
    },
    async close() {
      ended = true
      connection?.leave()
      connection = undefined
    },
    abandon: () => connection?.abandon(),
  }
}

export function connectServer(
  broker: Broker,
  life: Life,
  handlers: Pick<BusHandlers, 'onMessage' | 'onConnect'>,
): Bus {
  const { timeline } = broker.sky
  const tryAgain = () => timeline.after(500, reach, life)
  function reach(): void {
    if (!broker.reachable(0)) return tryAgain()
    broker.acceptServer({ life, onMessage: handlers.onMessage, onLost: tryAgain })
    handlers.onConnect('server')
  }
  timeline.after(near, reach, life)
  return {
    get connected() {
      return broker.serves(life)
    },
    async publish(topic, payload) {
      if (!life.alive) return never()
      broker.fromServer(life, topic, Buffer.from(payload))
    },
    rest() {},
    async close() {},
  }
}

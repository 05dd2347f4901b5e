/**
 * The far side of a fleet, a process of its own: the link, which can be cut, and many runners behind it.
 * They are the real thing as far as they talk: bus, codec, machine, heartbeats, each with a TLS
 * connection of its own. Only they have no disk, and take no task.
 */
import { once } from 'node:events'
import { connectBus } from '../../broker/bus-mqtt.ts'
import { encode } from '../../broker/codec.ts'
import { Pace } from '../../broker/pace.ts'
import { createTopics } from '../../broker/topics.ts'
import { systemClock } from '../../lib/clock.ts'
import { nonce } from '../../lib/ids.ts'
import { silentLog } from '../../lib/log.ts'
import { Agent } from '../../runner/agent.ts'
import { connectionHandlers, connectionOptions } from '../../runner/link/listen.ts'
import { restoreState } from '../../runner/restore.ts'
import { FaultProxy } from '../../test/kit/fault-proxy.ts'
import { wallClock } from '../benchmark.ts'

export interface FarSideSetup {
  /** Of the broker, on loopback. */
  port: number
  ca: string
  runners: { id: number; token: string }[]
}

/** watch: tell when all have been welcomed anew, from now on. cut: the same, and cut every connection. */
export type FarSideOrder = 'watch' | 'cut'

/** When each was welcomed, ms since 1970. */
export type FarSideReport = number[]

const [setup] = (await once(process, 'message')) as [FarSideSetup]
const link = await FaultProxy.start(setup.port)
const topics = createTopics()
const tickMs = 1000

/** Runner -> when it was welcomed; not in here while it is away. */
let welcomed = new Map<number, number>()
const agents = setup.runners.map(openRunner)
setInterval(() => {
  for (const agent of agents) agent.post({ kind: 'tick' })
}, tickMs)

process.on('message', (order: FarSideOrder) => {
  welcomed = new Map()
  if (order === 'cut') link.cut()
})
process.once('disconnect', () => process.exit())

function openRunner({ id, token }: FarSideSetup['runners'][number]): Agent {
  const urls = [`mqtts://localhost:${link.port}`]
  const parts = { clock: systemClock, random: Math.random, log: silentLog }
  const pace = new Pace({ random: Math.random, steadyMs: Number.POSITIVE_INFINITY })
  let session: number | null = null
  const agent: Agent = new Agent(restoreState({ attempts: new Map(), highest: new Map() }, false), {
    facts: { boot: nonce(), version: '0', maxParallelTasks: 1, oneOff: false },
    journal: { append: async () => {} },
    carryOut(effect) {
      if (effect.kind !== 'hello') return
      const topic = topics.of({ channel: 'hello', runner: id })
      bus.publish(topic, encode('hello', effect.message)).catch(() => {})
    },
    onState(state) {
      if (state.session !== null && state.session !== session) cameBack(id)
      session = state.session
    },
    signal: new AbortController().signal,
    ...parts,
  })
  const post = agent.post.bind(agent)
  const bus = connectBus(
    { ...connectionOptions({ id, token, urls, ca: setup.ca }, topics), pace },
    connectionHandlers({ topics, post, onLogAck: () => {}, pace, ...parts }),
  )
  return agent
}

function cameBack(runner: number): void {
  welcomed.set(runner, wallClock())
  if (welcomed.size === setup.runners.length) process.send?.([...welcomed.values()])
}

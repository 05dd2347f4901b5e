/**
 * The far side of a fleet, a process of its own: the link, which can be cut, and many runners behind it.
 * They are real ones, each with a journal and a TLS connection of its own; they only take no task.
 */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BusHandlers } from '../../broker/bus.ts'
import { connectBus } from '../../broker/bus-mqtt.ts'
import { decode } from '../../broker/codec.ts'
import { createTopics } from '../../broker/topics.ts'
import { systemClock } from '../../lib/clock.ts'
import { nonce } from '../../lib/ids.ts'
import { silentLog } from '../../lib/log.ts'
import { connectionOptions } from '../../runner/link/listen.ts'
import { live } from '../../runner/live.ts'
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
const folder = mkdtempSync(join(tmpdir(), 'outstation-fleet-'))
/** Runner -> when it was welcomed; not in here while it is away. */
let welcomed = new Map<number, number>()

process.on('message', (order: FarSideOrder) => {
  welcomed = new Map()
  if (order === 'cut') link.cut()
})
for (const end of ['disconnect', 'SIGTERM']) process.once(end, () => process.exit())
process.once('exit', () => rmSync(folder, { recursive: true }))
await Promise.all(setup.runners.map(run))

async function run({ id, token }: FarSideSetup['runners'][number]): Promise<void> {
  const identity = { id, token, urls: [`mqtts://localhost:${link.port}`], ca: setup.ca }
  const dataDir = join(folder, String(id))
  mkdirSync(dataDir)
  const never = new AbortController().signal
  await live({
    runner: id,
    facts: { boot: nonce(), version: '0', maxParallelTasks: 1, oneOff: false },
    dataDir,
    spoolCap: 1,
    topics,
    connect: (handlers, pace) =>
      connectBus({ ...connectionOptions(identity, topics), pace }, watched(id, handlers)),
    runJob: () => Promise.reject(new Error('expected no task')),
    drain: never,
    cancel: never,
    onStatus() {},
    clock: systemClock,
    random: Math.random,
    log: silentLog,
  })
}

function watched(runner: number, handlers: BusHandlers): BusHandlers {
  return {
    ...handlers,
    onMessage(topic, payload, retained) {
      handlers.onMessage(topic, payload, retained)
      if (topics.parse(topic)?.channel !== 'tasks') return
      if (decode('tasks', payload).kind === 'welcome') cameBack(runner)
    },
  }
}

function cameBack(runner: number): void {
  welcomed.set(runner, wallClock())
  if (welcomed.size === setup.runners.length) process.send?.([...welcomed.values()])
}

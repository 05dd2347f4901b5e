/**
 * A runner without a process of its own, so that one machine can have hundreds: journal, machine, bus and
 * TLS are the real ones, only what a job does is left to its maker.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BusHandlers } from '../../broker/bus.ts'
import { connectBus } from '../../broker/bus-mqtt.ts'
import { decode } from '../../broker/codec.ts'
import type { Welcome } from '../../broker/messages.ts'
import { createTopics } from '../../broker/topics.ts'
import { systemClock } from '../../lib/clock.ts'
import { nonce } from '../../lib/ids.ts'
import { silentLog } from '../../lib/log.ts'
import type { RunJob } from '../../runner/jobs.ts'
import { connectionOptions } from '../../runner/link/listen.ts'
import { live } from '../../runner/live.ts'

export interface LightRunnerOptions {
  id: number
  token: string
  /** Of the broker, or of a link to it, on loopback. */
  port: number
  /** PEM of the server's CA. */
  ca: string
  /** Gets a folder for its state. */
  folder: string
  runJob?: RunJob
  onWelcome(welcome: Welcome): void
  /** Connected; it says hello now. */
  onConnected?(): void
  /** The connection was lost. */
  onLost?(): void
  /** Another connection was tried and did not come up. */
  onFailed?(): void
}

export interface LightRunner {
  /** Takes nothing new, cancels what it runs, and delivers it. */
  close(): Promise<void>
}

/** Starts one; it connects and comes back by itself. */
export function startLightRunner(options: LightRunnerOptions): LightRunner {
  const { id, token, port, ca, folder } = options
  const { runJob = () => Promise.reject(new Error('expected no task')) } = options
  const topics = createTopics()
  const identity = { id, token, urls: [`mqtts://localhost:${port}`], ca }
  const dataDir = join(folder, String(id))
  mkdirSync(dataDir)
  const watched = (handlers: BusHandlers): BusHandlers => ({
    onConnect(nonce) {
      options.onConnected?.()
      handlers.onConnect(nonce)
    },
    onMessage(topic, payload, retained) {
      handlers.onMessage(topic, payload, retained)
      if (topics.parse(topic)?.channel !== 'tasks') return
      const message = decode('tasks', payload)
      if (message.kind === 'welcome') options.onWelcome(message)
    },
    onDisconnect(reason) {
      options.onLost?.()
      handlers.onDisconnect(reason)
    },
    onRetry(retry) {
      options.onFailed?.()
      handlers.onRetry?.(retry)
    },
  })
  const ending = new AbortController()
  const over = live({
    runner: id,
    facts: { boot: nonce(), version: '0', maxParallelTasks: 1, oneOff: false },
    dataDir,
    spoolCap: 2 ** 17,
    topics,
    connect: (handlers, pace) =>
      connectBus({ ...connectionOptions(identity, topics), pace }, watched(handlers)),
    runJob,
    drain: ending.signal,
    cancel: ending.signal,
    onStatus() {},
    clock: systemClock,
    random: Math.random,
    log: silentLog,
  })
  return {
    close() {
      ending.abort()
      return over
    },
  }
}

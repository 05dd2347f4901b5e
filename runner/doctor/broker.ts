/** Whether the broker lets this runner in, and how long a message takes to it and back. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { connectBus } from '../../broker/bus-mqtt.ts'
import { encode } from '../../broker/codec.ts'
import { createTopics } from '../../broker/topics.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { nonce } from '../../lib/ids.ts'
import { type Lock, lockFile } from '../../lib/lock.ts'
import type { RunnerConfig } from '../config.ts'
import type { ServerAnswer } from '../connection.ts'
import { trusted } from '../trust.ts'
import { type Finding, failed } from './finding.ts'

const check = 'broker'

type Known = ServerAnswer & { token: string }

/** A runner that runs keeps its connection: a second one of the same name would end it. */
export async function* examineBroker(
  config: RunnerConfig,
  answer: Known,
  clock: Clock,
): AsyncGenerator<Finding> {
  const { data_dir: dataDir, mqtt_url } = config.runner
  let lock: Lock | undefined
  try {
    if (existsSync(dataDir)) {
      lock = await lockFile(join(dataDir, 'runner.lock'), 'an outstation runner')
    }
    const urls = mqtt_url ? [mqtt_url] : answer.mqtt.urls
    const findings: Finding[] = []
    // One after the other: a second connection of this name would end the first.
    for (const url of urls) findings.push(await tryOut(url, config, answer, clock))
    const works = findings.some(({ state }) => state === 'ok')
    for (const finding of findings) {
      // One way is enough: the others are taken when that one fails.
      yield works && finding.state === 'failed' ? { ...finding, state: 'note' } : finding
    }
  } catch (error) {
    const runs = error instanceof AppError && error.code === 'locked'
    if (!runs) yield failed(check, error)
    else yield { check, state: 'note', says: 'not tried, since this runner runs and is connected' }
  } finally {
    await lock?.close()
  }
}

async function tryOut(
  url: string,
  { runner }: RunnerConfig,
  { id, token, mqtt }: Known,
  clock: Clock,
): Promise<Finding> {
  const topics = createTopics(mqtt.prefix)
  const options = {
    ...{ urls: [url], ca: trusted(runner.ca_file).join('\n'), clock },
    ...{ username: String(id), clientId: String(id), password: token },
    filters: topics.runnerFilters(id),
  }
  const began = clock.monotonic()
  let settle: (trouble?: string) => void = () => {}
  const settled = new Promise<string | undefined>((resolve) => {
    settle = resolve
  })
  const bus = connectBus(options, {
    onMessage() {},
    onConnect: () => settle(),
    onDisconnect: settle,
    onRetry: ({ reason }) => settle(reason),
  })
  try {
    const trouble = await settled
    if (trouble !== undefined) return { check, state: 'failed', says: trouble }
    const upMs = clock.monotonic() - began
    // A word about a connection that never was: the server does not heed it.
    const word = encode('presence', { v: 1, kind: 'presence', nonce: nonce(), online: false })
    const sent = clock.monotonic()
    await bus.publish(topics.of({ channel: 'presence', runner: id }), word)
    const roundMs = clock.monotonic() - sent
    const says = `${url} lets it in after ${Math.round(upMs)} ms; a round trip takes ${roundMs.toFixed(1)} ms`
    return { check, state: 'ok', says }
  } catch (error) {
    return failed(check, error)
  } finally {
    await bus.close()
  }
}

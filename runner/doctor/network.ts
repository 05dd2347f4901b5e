/** The way to the server, from its name to its clock. */
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Clock } from '../../lib/clock.ts'
import { lineOf, systemCode } from '../../lib/errors.ts'
import { open } from '../../lib/http-call.ts'
import { type RunnerConfig, serverUrl } from '../config.ts'
import { examineCertificate } from './certificate.ts'
import { type Finding, failed } from './finding.ts'

const patienceMs = 10_000
/** As much as the server lets pass without an alarm. */
const mostSkewMs = 5 * 60_000

/** @returns whether the server can be asked */
export async function* examineNetwork(
  config: RunnerConfig,
  clock: Clock,
): AsyncGenerator<Finding, boolean> {
  let url: URL
  try {
    url = new URL(serverUrl(config))
  } catch (error) {
    yield failed('server', error)
    return false
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  const steps = [
    () => examineName(host, clock),
    () => examinePort(host, port, clock),
    async () =>
      url.protocol === 'https:'
        ? await examineCertificate({
            host,
            port,
            caFile: config.runner.ca_file,
            origin: url.origin,
          })
        : plain,
  ]
  for (const step of steps) {
    const finding = await step()
    yield finding
    // A wrong clock is why a certificate is not valid yet.
    if (finding.check === 'certificate') yield await examineClock(url.origin, clock)
    if (finding.state === 'failed') return false
  }
  return true
}

const plain: Finding = {
  check: 'certificate',
  state: 'note',
  says: 'the server is reached by http://, so everybody on the way can read the token',
  fix: 'use https:// unless a proxy on this machine does',
}

async function examineName(host: string, clock: Clock): Promise<Finding> {
  const began = clock.monotonic()
  try {
    const found = await lookup(host, { all: true })
    const addresses = [...new Set(found.map(({ address }) => address))].join(', ')
    return { check: 'dns', state: 'ok', says: `${host} is ${addresses} (${since(began, clock)})` }
  } catch (error) {
    const says = `${host}: the name is not known (${systemCode(error)})`
    return {
      check: 'dns',
      state: 'failed',
      says,
      fix: 'check web_host, and the DNS of this machine',
    }
  }
}

async function examinePort(host: string, port: number, clock: Clock): Promise<Finding> {
  const began = clock.monotonic()
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(patienceMs) })
    return { check: 'tcp', state: 'ok', says: `${host}:${port} answers (${since(began, clock)})` }
  } catch (error) {
    const refused = lineOf(error).includes('ECONNREFUSED')
    const says = refused
      ? `nothing listens at ${host}:${port}`
      : `${host}:${port} is not reached (${systemCode(error) === 'ABORT_ERR' ? 'no answer' : lineOf(error)})`
    const fix = refused
      ? 'is the server running, and is that its port?'
      : 'is this machine online, and does a firewall let it out?'
    return { check: 'tcp', state: 'failed', says, fix }
  } finally {
    socket.destroy()
  }
}

/** By the Date of an answer, which has whole seconds. Nothing is told, so nobody needs to be trusted. */
async function examineClock(origin: string, clock: Clock): Promise<Finding> {
  try {
    const began = clock.now()
    const answer = await open({ method: 'GET', url: `${origin}/api/ping`, verify: false })
    const ended = clock.now()
    answer.destroy()
    const theirs = Date.parse(String(answer.headers.date))
    if (Number.isNaN(theirs))
      return { check: 'clock', state: 'note', says: 'the server tells no time' }
    // Their second may be any part of that second, and was written on the way.
    const aheadMs = Math.max(began - (theirs + 1000), 0) - Math.max(theirs - ended, 0)
    const seconds = Math.round(aheadMs / 1000)
    if (seconds === 0) return { check: 'clock', state: 'ok', says: "it agrees with the server's" }
    const says = `it is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the server's`
    if (Math.abs(aheadMs) <= mostSkewMs) return { check: 'clock', state: 'note', says }
    return {
      check: 'clock',
      state: 'failed',
      says,
      fix: 'set the wrong one right, by NTP for example',
    }
  } catch (error) {
    return failed('clock', error)
  }
}

export function since(began: number, clock: Clock): string {
  return `${Math.round(clock.monotonic() - began)} ms`
}

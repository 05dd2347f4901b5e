/** A server that runs for years must not stop because its own certificate ran out. */
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:tls'
import type { Clock } from '../lib/clock.ts'
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Carrier } from './carrier.ts'
import type { ServerConfig } from './config.ts'
import { type TlsIdentity, tlsIdentity } from './tls.ts'

export interface RenewalContext {
  config: ServerConfig
  current: TlsIdentity
  carrier: Carrier
  http: Server
  clock: Clock
  log: Log
  signal: AbortSignal
}

const lookMs = 12 * 3_600_000

/** Looks twice a day; also picks up a given certificate whose files were replaced. */
export async function keepCertificateFresh(context: RenewalContext): Promise<void> {
  const { config, carrier, http, clock, log, signal } = context
  let { cert } = context.current
  while (!signal.aborted) {
    await clock.sleep(lookMs, signal).catch(() => {})
    if (signal.aborted) return
    try {
      const next = await tlsIdentity(config, clock.now())
      if (next.cert === cert) continue
      await carrier.renew(next)
      if (http instanceof TlsServer) http.setSecureContext({ ...next, minVersion: 'TLSv1.2' })
      cert = next.cert
      log.info('certificate renewed', { expires: new Date(next.expires).toISOString() })
    } catch (error) {
      log.error('certificate not renewed', { reason: lineOf(error) })
    }
  }
}

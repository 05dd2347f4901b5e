/** TLS from the first start: the operator's certificate if one is given, else one by an own CA. */
import { hostname } from 'node:os'
import { fingerprintOf } from '../lib/certificates.ts'
import type { ServerConfig } from './config.ts'
import { givenCertificate } from './tls/given.ts'
import { ownCertificate } from './tls/own.ts'

export interface TlsIdentity {
  /** The server's certificate, with its chain if it has one; PEM, like `key` and `caPem`. */
  cert: string
  key: string
  /** What a client that does not trust it yet has to trust; GET /ca.pem. */
  caPem: string
  /** `sha256:<hex>` of the CA's DER; what `runner register --ca-fingerprint` takes. */
  fingerprint: string
  /** When `cert` runs out, ms since the epoch. */
  expires: number
  /** One line each, for the log. */
  warnings: string[]
}

/**
 * Cheap and idempotent: called again (daily, or after a change of names) it renews what has to be.
 * @param now ms since the epoch
 * @throws AppError `config` if a given certificate cannot be used
 */
export async function tlsIdentity(config: ServerConfig, now = Date.now()): Promise<TlsIdentity> {
  const { cert_file: certFile, key_file: keyFile } = config.tls
  const made =
    certFile !== undefined && keyFile !== undefined
      ? givenCertificate({ certFile, keyFile, hosts: publicHosts(config), now })
      : await ownCertificate({ folder: config.data_dir, names: namesOf(config), now })
  return { ...made, fingerprint: fingerprintOf(made.caPem) }
}

/** Every name and address by which this server may be called. */
function namesOf(config: ServerConfig): string[] {
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...publicHosts(config)])]
}

/** The hosts that others are told to connect to. */
function publicHosts({ web_host, mqtt }: ServerConfig): string[] {
  return [web_host, mqtt.public_url]
    .filter((url) => url !== undefined)
    .map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ''))
}

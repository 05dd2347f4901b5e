/** The certificate of the server: why it is not believed, in words. */
import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { fingerprintOf } from '../../lib/certificates.ts'
import { lineOf } from '../../lib/errors.ts'
import { call } from '../../lib/http-call.ts'
import { trusted } from '../trust.ts'
import { type Finding, failed } from './finding.ts'

export interface Served {
  host: string
  port: number
  /** Whom the runner trusts beside the system's own. */
  caFile: string | undefined
  /** Scheme, host and port. */
  origin: string
}

const check = 'certificate'
const patienceMs = 10_000
const soonMs = 14 * 86_400_000

export async function examineCertificate(served: Served): Promise<Finding> {
  const { host, port, caFile } = served
  let socket: TLSSocket | undefined
  try {
    const ca = trusted(caFile)
    const servername = isIP(host) ? '' : host
    // Looked at, not used: it ends with the handshake.
    socket = connect({ host, port, ca, servername, rejectUnauthorized: false })
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(patienceMs) })
    const leaf = socket.getPeerX509Certificate()
    if (leaf === undefined) return { check, state: 'failed', says: `${host}: sends no certificate` }
    if (socket.authorized) return valid(leaf)
    return await troubled(String(socket.authorizationError), leaf, served)
  } catch (error) {
    const finding = failed(check, error)
    if (!/wrong version|packet length/i.test(lineOf(error))) return finding
    const says = `${host}:${port} does not speak TLS`
    return { ...finding, says, fix: 'write http:// if it is meant so, or switch its TLS on' }
  } finally {
    socket?.destroy()
  }
}

function valid({ validTo }: X509Certificate): Finding {
  const left = Date.parse(validTo) - Date.now()
  const says = `valid until ${dateOf(validTo)}`
  if (left > soonMs) return { check, state: 'ok', says }
  return { check, state: 'note', says, fix: 'renew it on the server' }
}

async function troubled(code: string, leaf: X509Certificate, served: Served): Promise<Finding> {
  const trouble = troubles[code]
  if (trouble !== undefined) return { check, state: 'failed', ...trouble(leaf, served.host) }
  const fingerprint = await fingerprintOfCa(served, leaf)
  return {
    check,
    state: 'failed',
    says: `signed by an unknown CA: ${leaf.issuer.replaceAll('\n', ', ')}, ${fingerprint}`,
    fix:
      'compare that with what the server prints at start; if it is the same: ' +
      `outstation runner register --ca-fingerprint ${fingerprint}, or set runner.ca_file to its file`,
  }
}

const troubles: Record<
  string,
  ((leaf: X509Certificate, host: string) => Pick<Finding, 'says' | 'fix'>) | undefined
> = {
  CERT_HAS_EXPIRED: ({ validTo }) => ({
    says: `expired on ${dateOf(validTo)}`,
    fix: 'renew it on the server, which renews its own when it starts; or set the clock here right',
  }),
  CERT_NOT_YET_VALID: ({ validFrom }) => ({
    says: `valid only from ${dateOf(validFrom)}`,
    fix: 'set the clock of this machine right',
  }),
  ERR_TLS_CERT_ALTNAME_INVALID: ({ subjectAltName, subject }, host) => ({
    says: `for ${namesOf(subjectAltName ?? subject)}, and not for ${host}`,
    fix: 'use one of these names in web_host, or set web_host on the server and start it again',
  }),
}

/** The server's own word for its CA, else the last certificate that it sends: to compare, not to trust. */
async function fingerprintOfCa({ origin }: Served, leaf: X509Certificate): Promise<string> {
  try {
    const { text } = await call({ method: 'GET', url: `${origin}/ca.pem`, verify: false })
    return fingerprintOf(text)
  } catch {
    return fingerprintOf((leaf.issuerCertificate ?? leaf).toString())
  }
}

function namesOf(altNames: string): string {
  return altNames.replace(/\b(DNS|IP Address):/g, '')
}

function dateOf(text: string): string {
  return new Date(text).toISOString().slice(0, 10)
}

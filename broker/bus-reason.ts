/** Why a connection to a broker failed or ended, as one line that says what to do. */
import { lineOf } from '../lib/errors.ts'

export interface Explanation {
  reason: string
  /** The broker does not accept the credentials: trying again will not help by itself. */
  refused: boolean
}

/** CONNACK return codes (MQTT 3.1.1, 3.2.2.3) that speak of credentials. */
const refusals: readonly unknown[] = [4, 5]

/** @param error what mqtt.js, TLS or the socket said; undefined if the far side simply closed. */
export function explain(error: unknown, url: string, username: string): Explanation {
  const code = (error as { code?: unknown } | undefined)?.code
  if (refusals.includes(code)) {
    const reason = `${url} does not accept the credentials of "${username}"; they are wrong or were removed`
    return { reason, refused: true }
  }
  if (isSuback(error)) {
    const reason = `${url} does not let "${username}" subscribe to its topics; it has other rights`
    return { reason, refused: true }
  }
  if (error === undefined) return { reason: `${url} closed the connection`, refused: false }
  const say = reasons[String(code)]
  const reason = say?.(nameOf(url)) ?? `${url}: ${lineOf(error)}`
  return { reason, refused: false }
}

/** mqtt.js has no code for a refused subscription, only the packet that said so. */
function isSuback(error: unknown): boolean {
  return (error as { packet?: { cmd?: unknown } } | undefined)?.packet?.cmd === 'suback'
}

const unknownAuthority = (host: string) =>
  `the certificate of ${host} is signed by an unknown authority; give the server's CA as ca_file`
const noRoute = (host: string) =>
  `no way to ${host}; is this machine online, and does a firewall let it out?`
const noName = (host: string) =>
  `the name of ${host} cannot be resolved; check the address and this machine's DNS`
const notTls = (host: string) => `${host} does not speak TLS at this port; check the port`

const reasons: Record<string, ((host: string) => string) | undefined> = {
  ECONNREFUSED: (host) => `nothing listens at ${host}; is the server running?`,
  ENOENT: (host) => `nothing listens at ${host}; is the server running?`,
  ECONNRESET: (host) => `the connection to ${host} was cut`,
  EPIPE: (host) => `the connection to ${host} was cut`,
  ETIMEDOUT: (host) => `${host} does not answer; a firewall may swallow what is sent there`,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  ENOTFOUND: noName,
  EAI_AGAIN: noName,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  CERT_HAS_EXPIRED: (host) => `the certificate of ${host} has expired; renew it on the server`,
  CERT_NOT_YET_VALID: (host) =>
    `the certificate of ${host} is not valid yet; compare the clocks of both machines`,
  ERR_TLS_CERT_ALTNAME_INVALID: (host) =>
    `the certificate of ${host} is for another host name; use a name that it holds, or renew it with this one`,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
}

/** host:port of a URL, or the path of a Unix socket. */
function nameOf(url: string): string {
  return url.startsWith('unix:') ? url.slice('unix:'.length) : new URL(url).host
}

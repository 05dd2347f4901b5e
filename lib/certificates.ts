/** What both ends need to know of X.509: fingerprints, and whom to trust. */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import * as tls from 'node:tls'
import { equalDigests, sha256hex } from './ids.ts'

/** `sha256:` + SHA-256 of the certificate's DER, hex: what `--ca-fingerprint` takes. */
export function fingerprintOf(pem: string): string {
  return `sha256:${sha256hex(new X509Certificate(pem).raw)}`
}

/** True for the same digest; colons, capitals and a missing `sha256:` do not matter (openssl's way). */
export function sameFingerprint(a: string, b: string): boolean {
  return equalDigests(digestOf(a), digestOf(b))
}

/** True for `sha256:` and 64 hex digits, or the digits alone, with or without colons. */
export function isFingerprint(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(digestOf(text))
}

function digestOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/^sha-?256[:=]/, '')
    .replace(/[^0-9a-f]/g, (other) => (other === ':' ? '' : other))
}

/** True if the certificate is valid for this host name or address. */
export function covers(certificate: X509Certificate, host: string): boolean {
  return Boolean(isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host))
}

/**
 * The `ca` option of node:tls: the system's roots and these. Given alone, `ca` would replace the
 * roots, and a server that moves to a public certificate would lose all its runners.
 */
export function rootsWith(...extra: (string | undefined)[]): string[] {
  // Node 22.15 also knows NODE_EXTRA_CA_CERTS and --use-system-ca.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] }
  return [
    ...(getCACertificates?.('default') ?? tls.rootCertificates),
    ...extra.filter((pem) => pem !== undefined),
  ]
}

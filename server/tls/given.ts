/** The operator's own certificate: taken as it is, once it is sure that it can work. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { covers } from '../../lib/certificates.ts'
import { AppError, lineOf, systemCode } from '../../lib/errors.ts'

export interface GivenOptions {
  certFile: string
  keyFile: string
  /** The hosts that others are told to connect to; a warning says which it does not cover. */
  hosts: readonly string[]
  /** ms since the epoch */
  now: number
}

/** @throws AppError `config` if it is unreadable, expired, not valid yet, or not of this key */
export function givenCertificate({ certFile, keyFile, hosts, now }: GivenOptions) {
  const cert = textOf('tls.cert_file', certFile)
  const key = textOf('tls.key_file', keyFile)
  const chain = chainOf(certFile, cert)
  const server = chain[0] as X509Certificate
  if (!server.checkPrivateKey(keyOf(keyFile, key))) {
    throw unusable(
      'tls.key_file',
      keyFile,
      `the key of ${certFile}`,
      'the key of another certificate',
    )
  }
  const expires = Date.parse(server.validTo)
  if (expires <= now) {
    throw unusable(
      'tls.cert_file',
      certFile,
      'a valid certificate',
      `one that expired on ${server.validTo}`,
    )
  }
  if (Date.parse(server.validFrom) > now) {
    throw unusable(
      'tls.cert_file',
      certFile,
      'a valid certificate',
      `one valid from ${server.validFrom}`,
    )
  }
  const caPem = (chain.at(-1) as X509Certificate).toString()
  return { cert, key, caPem, expires, warnings: warningsOf(certFile, server, hosts, expires - now) }
}

function warningsOf(file: string, server: X509Certificate, hosts: readonly string[], left: number) {
  const warnings: string[] = []
  const days = Math.floor(left / 86_400_000)
  if (days < 30) warnings.push(`${file}: expires in ${days} days`)
  const missing = hosts.filter((host) => !covers(server, host))
  if (missing.length > 0) warnings.push(`${file}: not valid for ${missing.join(', ')}`)
  return warnings
}

function chainOf(file: string, pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  try {
    if (blocks.length > 0) return blocks.map((block) => new X509Certificate(block))
  } catch (error) {
    throw unusable('tls.cert_file', file, 'PEM certificates', lineOf(error))
  }
  throw unusable('tls.cert_file', file, 'PEM certificates', 'none')
}

function keyOf(file: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (error) {
    const locked = systemCode(error) === 'ERR_MISSING_PASSPHRASE' || /ENCRYPTED/.test(pem)
    throw unusable(
      'tls.key_file',
      file,
      'a PEM key',
      locked ? 'one with a passphrase' : 'another text',
    )
  }
}

function textOf(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw unusable(setting, file, 'a readable file', String(systemCode(error)))
  }
}

function unusable(setting: string, file: string, expected: string, got: string): AppError {
  return new AppError('config', `${setting}: ${file}: expected ${expected}, got ${got}`)
}

/**
 * An own CA and a server certificate by it, in the data folder: ca.pem, ca.key, server.pem, server.key.
 * Runners trust the CA, so it is made once; the server's certificate is renewed under it whenever
 * it lacks a name or runs out.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { covers } from '../../lib/certificates.ts'
import { AppError } from '../../lib/errors.ts'
import { writePrivate } from '../../lib/private-file.ts'
import type { Pair } from './issue.ts'

const renewMs = 30 * 86_400_000

export interface OwnOptions {
  folder: string
  names: readonly string[]
  /** ms since the epoch */
  now: number
}

export async function ownCertificate({ folder, names, now }: OwnOptions) {
  const ca = readPair(folder, 'ca') ?? writePair(folder, 'ca', await newCa(now))
  const before = readPair(folder, 'server')
  const pair =
    before !== undefined && serves(before, ca, names, now)
      ? before
      : writePair(folder, 'server', await newServer(ca, names, now))
  const expires = Date.parse(new X509Certificate(pair.cert).validTo)
  return { ...pair, caPem: ca.cert, expires, warnings: [] }
}

async function newCa(now: number): Promise<Pair> {
  const { issueCa } = await import('./issue.ts')
  return await issueCa(now)
}

async function newServer(ca: Pair, names: readonly string[], now: number): Promise<Pair> {
  if (ca.key === '') {
    throw new AppError(
      'config',
      'ca.key: expected the key of ca.pem, to renew server.pem, got none',
      {
        fix: 'put it back into the data folder',
      },
    )
  }
  const { issueServer } = await import('./issue.ts')
  return await issueServer(ca, names, now)
}

/** True while the certificate is by this CA, has every name, and has 30 days left. */
function serves({ cert, key }: Pair, ca: Pair, names: readonly string[], now: number): boolean {
  const server = new X509Certificate(cert)
  return (
    server.verify(new X509Certificate(ca.cert).publicKey) &&
    server.checkPrivateKey(createPrivateKey(key)) &&
    Date.parse(server.validTo) - now > renewMs &&
    names.every((name) => covers(server, name))
  )
}

/** A CA may lack its key: a careful operator keeps that elsewhere between renewals. */
function readPair(folder: string, name: 'ca' | 'server'): Pair | undefined {
  const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  if (!existsSync(certFile)) return undefined
  if (!existsSync(keyFile) && name === 'server') return undefined
  const key = existsSync(keyFile) ? readFileSync(keyFile, 'utf8') : ''
  return { cert: readFileSync(certFile, 'utf8'), key }
}

/** The key first: a crash between the two leaves a key that nobody has trusted yet. */
function writePair(folder: string, name: 'ca' | 'server', pair: Pair): Pair {
  writePrivate(join(folder, `${name}.key`), pair.key)
  writePrivate(join(folder, `${name}.pem`), pair.cert)
  return pair
}

/** Whom the runner trusts beside the system's own CAs: a CA by file, or by a fingerprint told before. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fingerprintOf, isFingerprint, rootsWith, sameFingerprint } from '../lib/certificates.ts'
import { setInFile } from '../lib/config/edit.ts'
import { AppError, lineOf } from '../lib/errors.ts'
import { call } from '../lib/http-call.ts'
import { writePrivate } from '../lib/private-file.ts'
import { type RunnerConfig, serverUrl } from './config.ts'

export interface Trust {
  /** Trust the server by the CA in this file ... */
  caFile?: string | undefined
  /** ... or by the CA of this fingerprint, which the server itself hands out. */
  caFingerprint?: string | undefined
}

/** The CA in `file` as PEM. @throws AppError `config` if there is none in it */
export function readCa(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8')
    fingerprintOf(pem)
    return pem
  } catch (cause) {
    throw new AppError('config', `${file}: expected a CA as PEM: ${lineOf(cause)}`, { cause })
  }
}

/** The `ca` option of every TLS connection of the runner. */
export function trusted(caFile: string | undefined): string[] {
  return rootsWith(caFile === undefined ? undefined : readCa(caFile))
}

/**
 * Settles whom to trust, and remembers it as `runner.ca_file`; a fetched CA is kept beside the token.
 * @returns the file of the CA; undefined = the system's CAs alone
 */
export async function trustServer(
  config: RunnerConfig,
  { caFile, caFingerprint }: Trust,
): Promise<string | undefined> {
  const { file, runner } = config
  let trustedFile = runner.ca_file
  if (caFile !== undefined) {
    readCa(caFile)
    trustedFile = resolve(caFile)
  } else if (caFingerprint !== undefined) {
    const pem = await fetchCa(serverUrl(config), caFingerprint)
    trustedFile = `${runner.token_file ?? file}.ca.pem`
    writePrivate(trustedFile, pem)
  }
  const changed = trustedFile !== runner.ca_file
  if (changed && file !== undefined) setInFile(file, 'runner.ca_file', trustedFile)
  return trustedFile
}

/**
 * Fetches the server's CA over a connection that nothing vouches for, and takes it only if its digest
 * is the one that the operator brought along.
 * @throws AppError `forbidden` if it is another one: someone may be in between
 */
async function fetchCa(webHost: string, fingerprint: string): Promise<string> {
  if (!isFingerprint(fingerprint)) {
    throw new AppError(
      'usage',
      `--ca-fingerprint: expected sha256: and 64 hex digits, got "${fingerprint}"`,
      { fix: 'the server prints it at start' },
    )
  }
  const { status, text } = await call({ method: 'GET', url: `${webHost}/ca.pem`, verify: false })
  if (status !== 200 || !text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new AppError('unavailable', `${webHost}/ca.pem: expected a certificate, got ${status}`, {
      fix: 'give its CA with --ca-file FILE',
    })
  }
  const found = fingerprintOf(text)
  if (sameFingerprint(found, fingerprint)) return text
  throw new AppError('forbidden', `${webHost}: expected CA ${fingerprint}, got ${found}`, {
    fix: 'check the fingerprint at the server; if it is right, someone is in between',
  })
}

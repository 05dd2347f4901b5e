/** Which texts of a job are secret, and in what disguises they may show up in its output. */
import type { Job, Key } from '../../broker/job.ts'
import { credentialsIn } from '../../lib/git/address.ts'

/** Shorter texts are not masked: `***` for every "no" or "42" would tell more than it hides. */
const shortest = 4

/** What the log must not show. */
export interface SecretForms {
  /** As they are, and as tools write them between quotes. */
  texts: string[]
  /** In base64, which tools break into lines. */
  base64: string[]
}

/** Every sequence that the log of this job must not show, whichever of its characters are escaped. */
export function secretForms(job: Job): SecretForms {
  return formsOf(secretsOf(job))
}

function secretsOf(job: Job): string[] {
  const repositories = [
    job.repository,
    ...(job.inventory?.repository ? [job.inventory.repository] : []),
  ]
  return [
    ...repositories.flatMap(({ key }) => secretsOfKey(key)),
    ...repositories.map(({ git_url }) => credentialsIn(git_url)?.password ?? ''),
    ...(job.inventory ? secretsOfKey(job.inventory.ssh_key) : []),
    ...(job.inventory ? secretsOfKey(job.inventory.become_key) : []),
    ...job.secrets.map(({ value }) => value),
    ...job.vaults.map(({ password = '' }) => password),
  ].filter((secret) => secret.trim().length >= shortest)
}

function secretsOfKey(key: Key): string[] {
  if (key.type === 'ssh') return [key.private_key, key.passphrase]
  if (key.type === 'login_password') return [key.password]
  return key.type === 'string' ? [key.string] : []
}

/** Whole and line by line. What a reading of the stream decodes (mask/) is not listed here. */
export function formsOf(secrets: readonly string[]): SecretForms {
  const pieces = secrets.flatMap((secret) => [secret, secret.trim(), ...linesOf(secret)])
  const distinct = [...new Set(pieces)].filter((piece) => piece.length >= shortest)
  return { texts: long(distinct.flatMap(textForms)), base64: long(distinct.flatMap(base64Forms)) }
}

function linesOf(secret: string): string[] {
  return secret.split(/\r?\n/).map((line) => line.trim())
}

/** JSON inside JSON, the shell's two ways out of quotes, YAML's and PowerShell's, XML, forms. */
function textForms(text: string): string[] {
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replaceAll("'", "''"),
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    text.replaceAll(' ', '+'),
  ]
}

/** Only the characters that the secret alone decides, wherever it lies in the encoded text. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text)
  const inner = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  })
  return [...inner, bytes.toString('base64')].flatMap((form) => [
    form,
    form.replaceAll('+', '-').replaceAll('/', '_'),
  ])
}

function long(forms: readonly string[]): string[] {
  return [...new Set(forms)].filter((form) => form.length >= shortest)
}

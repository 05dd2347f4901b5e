/** Which texts of a job are secret, and in what disguises they may show up in its output. */
import type { Job, Key } from '../../broker/job.ts'
import { credentialsIn } from './git/address.ts'

/** Shorter texts are not masked: `***` for every "no" or "42" would tell more than it hides. */
const shortest = 4
/** base64(1) and MIME break lines here. */
const base64Line = 76

/** Every sequence that the log of this job must not show. */
export function secretSequences(job: Job): string[] {
  const forms = secretsOf(job).flatMap(formsOf)
  return [...new Set(forms)].filter((form) => form.length >= shortest)
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

/**
 * The secret as it is, and as tools print it: its lines one by one, escaped for JSON, Python, the
 * shell and URLs, and inside base64 at each of the three alignments.
 */
export function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim())
  const texts = lines.length > 1 ? [secret, ...lines] : [secret, secret.trim()]
  return [...texts.flatMap(escapedForms), ...texts.flatMap(base64Forms)]
}

function escapedForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1)
  return [
    text,
    json,
    json.replace(/[^\x00-\x7f]/g, (char) => `\\u${hex(char, 4)}`),
    text.replaceAll("'", "'\\''"),
    text.replaceAll('\\', '\\\\').replaceAll("'", "\\'"),
    ...urlForms(text),
  ]
}

/** Encoders differ in whether they touch !'()*, how they write a space, and the case of the digits. */
function urlForms(text: string): string[] {
  // A lone surrogate makes encodeURIComponent throw; the way through bytes replaces it.
  const loose = encodeURIComponent(Buffer.from(text).toString())
  const strict = loose.replace(/[!'()*]/g, (char) => `%${hex(char, 2).toUpperCase()}`)
  return [loose, strict]
    .flatMap((url) => [url, url.replaceAll('%20', '+')])
    .flatMap((url) => [url, url.replace(/%../g, (code) => code.toLowerCase())])
}

/** Only the characters that the secret alone decides, wherever it lies in the encoded text. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text)
  const forms = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  })
  const whole = bytes.toString('base64')
  const broken = whole.match(new RegExp(`.{1,${base64Line}}`, 'g')) ?? []
  return [...forms, whole, ...broken].flatMap((form) => [
    form,
    form.replaceAll('+', '-').replaceAll('/', '_'),
  ])
}

function hex(char: string, width: number): string {
  return char.charCodeAt(0).toString(16).padStart(width, '0')
}

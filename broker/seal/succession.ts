/**
 * How a key is replaced without anybody being told by hand: the old one signs the new one. The chain
 * goes along with what the new key signs, so who was away for a year follows it, too.
 */
import { AppError } from '../../lib/errors.ts'
import { type KeyText, keyId, type RunnerKeys } from './keys.ts'
import type { Succession } from './messages.ts'
import { fits, signatureOf } from './signature.ts'

/** The server's key `old` names `next` its successor. @param next public key */
export function succeed(old: KeyText, next: string): Succession {
  const by = keyId(old.public)
  return { by, key: next, signature: signatureOf(serverText(by, next), old) }
}

/**
 * The key named `id`, reached from the one that is `known`.
 * @throws AppError `forbidden` if the chain does not lead there
 */
export function follow(known: string, id: string, chain: readonly Succession[]): string {
  let key = known
  for (let step = 0; step < chain.length && keyId(key) !== id; step += 1) {
    const link = chain.find(({ by }) => by === keyId(key))
    if (link === undefined) break
    if (!fits(link.signature, serverText(link.by, link.key), key)) {
      throw new AppError('forbidden', `key ${keyId(link.key)} was not signed by key ${link.by}`)
    }
    key = link.key
  }
  if (keyId(key) === id) return key
  throw new AppError(
    'forbidden',
    `signed by key ${id}, which is not that of its server (${keyId(known)}), nor a successor`,
  )
}

/** A runner's signing key `old` hands over to `next`. */
export function handOver(runner: number, old: KeyText, next: RunnerKeys): string {
  return signatureOf(runnerText(runner, next), old)
}

export function isHandedOver(
  runner: number,
  old: RunnerKeys,
  next: RunnerKeys,
  signature: string,
): boolean {
  return fits(signature, runnerText(runner, next), old.sign)
}

function serverText(by: string, next: string): string {
  return `outstation-server-key-v1\n${by}\n${next}`
}

function runnerText(runner: number, { seal, sign }: RunnerKeys): string {
  return `outstation-runner-keys-v1\n${runner}\n${seal}\n${sign}`
}

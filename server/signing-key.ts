/** The key by which runners know their server: `data_dir`/signing-key.json, made at the first start. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type KeyText, keyId, makeKey } from '../broker/seal/keys.ts'
import type { Signed, Succession } from '../broker/seal/messages.ts'
import { sign } from '../broker/seal/signed.ts'
import { succeed } from '../broker/seal/succession.ts'
import { writePrivate } from '../lib/private-file.ts'

interface Kept {
  key: KeyText
  /** From the first key to this one: who knows any of them is led to it. */
  via: Succession[]
}

export class SigningKey {
  readonly #file: string
  #kept: Kept

  private constructor(file: string, kept: Kept) {
    this.#file = file
    this.#kept = kept
  }

  static open(dataDir: string): SigningKey {
    const file = join(dataDir, 'signing-key.json')
    if (existsSync(file)) return new SigningKey(file, JSON.parse(readFileSync(file, 'utf8')))
    return new SigningKey(file, keep(file, { key: makeKey('ed25519'), via: [] }))
  }

  get public(): string {
    return this.#kept.key.public
  }

  get id(): string {
    return keyId(this.public)
  }

  get via(): readonly Succession[] {
    return this.#kept.via
  }

  sign(topic: string, text: string): Signed {
    return sign(topic, text, this.#kept.key, this.#kept.via)
  }

  /**
   * Signs with a new key from now on. The old one signs that, and is gone: a runner that knows only
   * that one is shown the way by the next message, however much later.
   */
  replace(): void {
    const { key, via } = this.#kept
    const next = makeKey('ed25519')
    this.#kept = keep(this.#file, { key: next, via: [...via, succeed(key, next.public)] })
  }
}

function keep(file: string, kept: Kept): Kept {
  writePrivate(file, `${JSON.stringify(kept, null, 2)}\n`)
  return kept
}

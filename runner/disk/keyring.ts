/**
 * The runner's own keys and that of its server, in one private file. Another process may replace keys
 * while the runner runs (`runner rotate-keys`): the file is read again whenever it has changed.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { type KeyText, keyId, makeKey, type RunnerKeys } from '../../broker/seal/keys.ts'
import type { Signed } from '../../broker/seal/messages.ts'
import { sign } from '../../broker/seal/signed.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import { writePrivate } from '../../lib/private-file.ts'

/** What jobs are sealed to, and what results are signed by. */
export interface KeyPair {
  seal: KeyText
  sign: KeyText
}

interface Kept {
  /** The first is in use; another one is on its way in, or still opens what was sealed to it. */
  keys: KeyPair[]
  /** Public key of the server; absent until it was told. */
  server?: string
}

export class Keyring {
  readonly #file: string
  #kept: Kept
  #readAt: number

  private constructor(file: string) {
    this.#file = file
    this.#kept = read(file)
    this.#readAt = changedAt(file)
  }

  /** Makes the keys if there are none yet. @throws AppError `damaged`, `config` */
  static open(file: string): Keyring {
    if (!existsSync(file)) Keyring.write(file, { keys: [makePair()] })
    return new Keyring(file)
  }

  /** A keyring of these alone, whatever was there. */
  static write(file: string, kept: Kept): void {
    try {
      writePrivate(file, `${JSON.stringify(kept, null, 2)}\n`)
    } catch (cause) {
      throw new AppError(
        'config',
        `${file}: the keys of this runner cannot be written: ${lineOf(cause)}`,
        {
          fix: 'let runner.keys_file name a file that this user may write, and that stays',
          cause,
        },
      )
    }
  }

  get #now(): Kept {
    const changed = changedAt(this.#file)
    if (changed !== this.#readAt) {
      this.#kept = read(this.#file)
      this.#readAt = changed
    }
    return this.#kept
  }

  get current(): KeyPair {
    return this.#now.keys[0] as KeyPair
  }

  get server(): string | undefined {
    return this.#kept.server
  }

  /** From now on nothing is believed that this key has not signed. */
  pin(server: string): void {
    if (server !== this.server) this.#save({ ...this.#now, server })
  }

  /** A new pair, not in use yet. */
  prepare(): KeyPair {
    const next = makePair()
    this.#save({ ...this.#now, keys: [this.current, next] })
    return next
  }

  /** These are the ones on record at the server. @returns false if they are not here */
  use({ seal, sign }: RunnerKeys): boolean {
    const { keys } = this.#now
    const found = keys.find((own) => own.seal.public === seal && own.sign.public === sign)
    if (found === undefined) return false
    const others = keys.filter((own) => own !== found)
    if (found !== keys[0]) this.#save({ ...this.#kept, keys: [found, ...others] })
    return true
  }

  /** What was sealed to the public key that `id` names is opened by it. */
  sealKey(id: string): KeyText | undefined {
    return this.#now.keys.find(({ seal }) => keyId(seal.public) === id)?.seal
  }

  sign(topic: string, text: string): Signed {
    return sign(topic, text, this.current.sign)
  }

  #save(kept: Kept): void {
    Keyring.write(this.#file, kept)
    this.#kept = kept
    this.#readAt = changedAt(this.#file)
  }
}

export function makePair(): KeyPair {
  return { seal: makeKey('x25519'), sign: makeKey('ed25519') }
}

export function publicOf({ seal, sign }: KeyPair): RunnerKeys {
  return { seal: seal.public, sign: sign.public }
}

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function read(file: string): Kept {
  try {
    const kept: Kept = JSON.parse(readFileSync(file, 'utf8'))
    if (kept.keys.every(({ seal, sign }) => seal.private && sign.private)) return kept
  } catch {
    // Told below, without what is in it.
  }
  throw new AppError('damaged', `${file}: expected the keys of this runner, got something else`, {
    fix: 'put it back from a backup, or register the runner anew',
  })
}

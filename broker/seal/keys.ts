/** Key pairs of both sides, as text and as what node:crypto works with. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { AppError } from '../../lib/errors.ts'

/** ed25519 signs, x25519 is sealed to. */
export type Curve = 'ed25519' | 'x25519'

/** Both parts as base64url of their 32 bytes (RFC 8037), which is how they lie in files and travel. */
export interface KeyText {
  public: string
  private: string
}

/** The public keys of one runner. */
export interface RunnerKeys {
  /** X25519: jobs are sealed to it. */
  seal: string
  /** Ed25519: its results are signed by it. */
  sign: string
}

export function makeKey(curve: Curve): KeyText {
  // The two overloads of node's types are one function.
  const { privateKey } = generateKeyPairSync(curve as 'ed25519')
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' })
  return { public: x, private: d }
}

/** The next pair is made when this one has served, ms. */
const restMs = 50

/** A pair for one use, as node:crypto has it. */
export interface Ephemeral {
  public: string
  key: KeyObject
}

let spare: Ephemeral | undefined
let isBeingMade = false

/** One that is made ahead, if there is one: whoever needs it is waited for. Nobody gets it again. */
export function takeEphemeral(): Ephemeral {
  const taken = spare ?? makeEphemeral()
  spare = undefined
  if (isBeingMade) return taken
  isBeingMade = true
  setTimeout(() => {
    isBeingMade = false
    spare = makeEphemeral()
  }, restMs).unref()
  return taken
}

function makeEphemeral(): Ephemeral {
  const { privateKey: key, publicKey } = generateKeyPairSync('x25519')
  return { public: publicKey.export({ format: 'jwk' }).x ?? '', key }
}

/** A name for a public key, short enough to be compared by eye: the first 16 hex digits of its SHA-256. */
export function keyId(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('hex').slice(0, 16)
}

/** Keys kept; importing one costs more than using it. */
const most = 20_000
const kept = new Map<string, KeyObject>()

/** Of somebody who is heard or spoken to again and again. @throws AppError `invalid` if that is no key */
export function publicKey(curve: Curve, x: string): KeyObject {
  return keep(`${curve} ${x}`, () => publicKeyOnce(curve, x))
}

/** Our own. @throws AppError `invalid` if that is no key */
export function privateKey(curve: Curve, { public: x, private: d }: KeyText): KeyObject {
  const make = () => createPrivateKey({ key: { ...kindOf(curve), x, d }, format: 'jwk' })
  return keep(`${curve} ${x} private`, () => importing(make))
}

/** One that is used once. @throws AppError `invalid` if that is no key */
export function publicKeyOnce(curve: Curve, x: string): KeyObject {
  return importing(() => createPublicKey({ key: { ...kindOf(curve), x }, format: 'jwk' }))
}

function kindOf(curve: Curve) {
  return { kty: 'OKP', crv: curve === 'ed25519' ? 'Ed25519' : 'X25519' }
}

function importing(make: () => KeyObject): KeyObject {
  try {
    return make()
  } catch {
    throw new AppError('invalid', 'expected a key of 32 bytes in base64url, got something else')
  }
}

function keep(name: string, make: () => KeyObject): KeyObject {
  const known = kept.get(name)
  if (known !== undefined) return known
  const key = make()
  const [oldest] = kept.size >= most ? kept.keys() : []
  if (oldest !== undefined) kept.delete(oldest)
  kept.set(name, key)
  return key
}

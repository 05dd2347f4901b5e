/** What seals and signatures look like on the wire; part of the messages (../messages.ts). */
import Type from 'typebox'

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
/** 32 bytes as base64url, and the first 16 hex digits of their SHA-256. */
export const PublicKey = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })
export const KeyId = Type.String({ pattern: '^[0-9a-f]{16}$' })
/** 64 bytes as base64url. */
const Signature = Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' })

/** One key of a server gives way to the next (succession.ts). */
export const Succession = Type.Object({ by: KeyId, key: PublicKey, signature: Signature })
export type Succession = Type.Static<typeof Succession>

/** Another message, as `text`, with the signature of who said it over it and its topic (signed.ts). */
export const Signed = Type.Object({
  v: Type.Literal(1),
  kind: Type.Literal('signed'),
  key: KeyId,
  /** How the key came to be, for whoever knows an older one. */
  via: Type.Optional(Type.Array(Succession)),
  text: Type.String(),
  signature: Signature,
})
export type Signed = Type.Static<typeof Signed>

/**
 * D3, for a runner with keys: the job is in `box`, sealed to the runner's key `recipient` and bound to
 * all that stands beside it (sealed.ts). Comes signed.
 */
export const SealedGrant = Type.Object({
  v: Type.Literal(1),
  kind: Type.Literal('sealed-grant'),
  task: Id,
  attempt: Id,
  claim: Id,
  /** Of the claim: what was recorded in an earlier one is worth nothing. */
  session: Id,
  recipient: KeyId,
  /** X25519 public key of this one job. */
  ephemeral: PublicKey,
  /** Base64: ciphertext, then the tag of 16 bytes. */
  box: Type.String(),
})
export type SealedGrant = Type.Static<typeof SealedGrant>

/**
 * Files of a task that come back between the chunks of its log, numbered and acknowledged like them: the
 * pieces of one file without others between, then one chunk that says what they were.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'

/** The longest that a name may be, in UTF-16 units; JSON makes six bytes of some, and one chunk holds it. */
export const longestName = 1024

export const Artifact = Type.Object({
  /** Path below the repository, with `/`; with a problem it may be the pattern that matched nothing. */
  name: Type.String({ minLength: 1, maxLength: longestName }),
  bytes: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  /** Of all its bytes, hex; null with a problem. */
  sha256: Type.Union([Type.String({ pattern: '^[0-9a-f]{64}$' }), Type.Null()]),
  /** Why it is not here, as words for a person; null: it is. */
  problem: Type.Union([Type.String({ maxLength: 255 }), Type.Null()]),
})
export type Artifact = Type.Static<typeof Artifact>

/** However many a server allows. */
export const mostFiles = 10_000

/** What a job says of the files that are to come back. */
export const ArtifactWish = Type.Object({
  /** Paths below the repository, in which * ? [..] and ** may stand for others. */
  globs: Type.Array(Type.String({ maxLength: longestName }), { maxItems: 100 }),
  /** Bytes of one file, bytes of all, and how many there may be. */
  max_file: Type.Integer({ minimum: 0 }),
  max_total: Type.Integer({ minimum: 0 }),
  max_files: Type.Integer({ minimum: 0, maximum: mostFiles }),
})
export type ArtifactWish = Type.Static<typeof ArtifactWish>

const artifact = Compile(Artifact)

export function encodeArtifact(told: Artifact): Uint8Array {
  return Buffer.from(JSON.stringify(told))
}

/** @returns undefined if it is none: then there is nothing to be shown, and its log is as good as ever */
export function decodeArtifact(bytes: Uint8Array): Artifact | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (!artifact.Check(value)) return undefined
    const { name, bytes: size, sha256, problem } = value as Artifact
    return {
      name,
      bytes: size,
      sha256,
      problem: sha256 === null ? (problem ?? 'unknown') : problem,
    }
  } catch {
    return undefined
  }
}

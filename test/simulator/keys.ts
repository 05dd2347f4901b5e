/** Who has keys in a simulation: the server, and every other runner; the rest is older than signatures. */
import type { KeyText } from '../../broker/seal/keys.ts'
import { makeKey } from '../../broker/seal/keys.ts'
import { sign } from '../../broker/seal/signed.ts'
import type { Voice } from '../../broker/seal/voice.ts'
import { type KeyPair, makePair, publicOf } from '../../runner/disk/keyring.ts'
import type { LiveOptions } from '../../runner/live.ts'

/** Made once for all runs: nothing that happens depends on what they are. */
const server: KeyText = makeKey('ed25519')
const pairs = new Map<number, KeyPair>()

function pairOf(runner: number): KeyPair | undefined {
  if (runner % 2 === 0) return undefined
  const pair = pairs.get(runner) ?? makePair()
  pairs.set(runner, pair)
  return pair
}

export const voice: Voice = {
  keysOf(runner) {
    const pair = pairOf(runner)
    return pair && publicOf(pair)
  },
  expectOpen() {},
  sign: (topic, text) => sign(topic, text, server),
}

export function keyringOf(runner: number): LiveOptions['keyring'] {
  const pair = pairOf(runner)
  return (
    pair && {
      server: server.public,
      pin() {},
      sealKey: () => pair.seal,
      sign: (topic, text) => sign(topic, text, pair.sign),
    }
  )
}

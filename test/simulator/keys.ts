/**
 * Who has keys in a simulation. In most nobody has, for signatures cost more than all else that a message
 * does; in the others the server has, and every other runner: the rest is older than signatures.
 */
import type { KeyText } from '../../broker/seal/keys.ts'
import { makeKey } from '../../broker/seal/keys.ts'
import { sign } from '../../broker/seal/signed.ts'
import { plainVoice, type Voice } from '../../broker/seal/voice.ts'
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

/** What both sides of one simulation know. */
export interface Keys {
  voice: Voice
  keyringOf(runner: number): LiveOptions['keyring']
}

export const noKeys: Keys = { voice: plainVoice, keyringOf: () => undefined }

export const someKeys: Keys = {
  voice: {
    keysOf(runner) {
      const pair = pairOf(runner)
      return pair && publicOf(pair)
    },
    expectOpen() {},
    sign: (topic, text) => sign(topic, text, server),
  },
  keyringOf(runner) {
    const pair = pairOf(runner)
    return (
      pair && {
        server: server.public,
        pin() {},
        sealKey: () => pair.seal,
        sign: (topic, text) => sign(topic, text, pair.sign),
      }
    )
  },
}

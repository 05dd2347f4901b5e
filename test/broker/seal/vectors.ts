/** Makes docs/seal-vectors.json anew: `node --import tsx test/broker/seal/vectors.ts > docs/seal-vectors.json`. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { type Ephemeral, type KeyText, keyId } from '../../../broker/seal/keys.ts'
import { seal } from '../../../broker/seal/sealed.ts'
import { sign } from '../../../broker/seal/signed.ts'
import { handOver, succeed } from '../../../broker/seal/succession.ts'

const headers = {
  ed25519: '302e020100300506032b657004220420',
  x25519: '302e020100300506032b656e04220420',
}

/** A key whose private part is this byte, 32 times. */
function keyOf(curve: keyof typeof headers, byte: number): KeyText {
  const der = Buffer.concat([Buffer.from(headers[curve], 'hex'), Buffer.alloc(32, byte)])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  return { public: x, private: Buffer.alloc(32, byte).toString('base64url') }
}

function ephemeralOf({ public: x, private: d }: KeyText): Ephemeral {
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', x, d }, format: 'jwk' })
  return { public: x, key }
}

/** All that a second runner needs to know that it does the same. */
export function makeVectors() {
  const server = keyOf('ed25519', 1)
  const nextServer = keyOf('ed25519', 2)
  const runner = { sign: keyOf('ed25519', 3), seal: keyOf('x25519', 4) }
  const next = { sign: keyOf('ed25519', 5).public, seal: keyOf('x25519', 6).public }
  const ephemeral = keyOf('x25519', 7)
  const tasks = 'outstation/v1/runners/7/tasks'
  const binding = { session: 12, task: 42, attempt: 1, claim: 1 }
  const job = '{"app":"bash","note":"a job, shortened: caf\u00e9"}'
  const box = seal(job, runner.seal.public, { topic: tasks, ...binding }, ephemeralOf(ephemeral))
  const grant = JSON.stringify({ v: 1, kind: 'sealed-grant', ...binding, ...box })
  const result = 'outstation/v1/replies/7/42/1/result'
  const via = [succeed(server, nextServer.public)]
  return {
    keys: { server, nextServer, runner, ephemeral },
    ids: { server: keyId(server.public), seal: keyId(runner.seal.public) },
    sealed: { topic: tasks, ...binding, job, ...box },
    signed: { topic: tasks, message: sign(tasks, grant, server) },
    signedByNext: { topic: tasks, message: sign(tasks, grant, nextServer, via) },
    signedResult: { topic: result, message: sign(result, '{"v":1,"kind":"result"}', runner.sign) },
    handOver: { runner: 7, ...next, signature: handOver(7, runner.sign, next) },
  }
}

if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(makeVectors(), null, 2))

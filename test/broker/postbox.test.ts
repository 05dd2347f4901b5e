import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../broker/codec.ts'
import { createPostbox } from '../../broker/postbox.ts'
import { makeKey } from '../../broker/seal/keys.ts'
import { sign } from '../../broker/seal/signed.ts'
import { plainVoice, type Voice } from '../../broker/seal/voice.ts'
import { createTopics } from '../../broker/topics.ts'
import { createLog } from '../../lib/log.ts'
import { jobOf } from '../kit/job.ts'

const server = makeKey('ed25519')
const runner = { seal: makeKey('x25519').public, sign: makeKey('ed25519').public }
/** After many replacements of the server's key. */
const via = Array.from({ length: 30 }, () => ({
  ...{ by: 'x'.repeat(22), key: server.public, signature: 'x'.repeat(86) },
}))
const sealing: Voice = {
  ...plainVoice,
  keysOf: () => runner,
  sign: (topic, text) => sign(topic, text, server, via),
}

for (const [name, voice] of [
  ['sealed', sealing],
  ['in clear', plainVoice],
] as const) {
  test(`the largest job that is granted fits on the wire: ${name}`, () => {
    const sent: string[] = []
    const bus = { publish: async (_topic: string, text: unknown) => void sent.push(String(text)) }
    const log = createLog({ write() {} })
    const postbox = createPostbox(bus, createTopics(), log, voice)
    const job = jobOf(7, 1)
    const room = limits.job - Buffer.byteLength(JSON.stringify(job))
    const grant = (more: number) =>
      postbox.tasks(1, {
        ...{ v: 1, kind: 'grant', task: 7, attempt: 1, claim: 1, session: 3 },
        job: { ...job, playbook: `${job.playbook}${'"'.repeat(more / 2)}${'x'.repeat(more % 2)}` },
      })
    assert.equal(grant(room), true)
    assert.ok(Buffer.byteLength(sent[0] ?? '') <= limits.fromServer)
    assert.equal(grant(room + 1), false)
    assert.equal(sent.length, 1)
  })
}

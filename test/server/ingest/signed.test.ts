/** Results of runners with keys: the server takes only what the runner itself has signed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '../../../broker/codec.ts'
import { sign } from '../../../broker/seal/signed.ts'
import { createTopics } from '../../../broker/topics.ts'
import { neverStarted as result } from '../../../runner/core/words.ts'
import { makePair, publicOf } from '../../../runner/disk/keyring.ts'
import { parseIncoming } from '../../../server/ingest/incoming.ts'

const topics = createTopics()
const pair = makePair()
const voice = { keysOf: (runner: number) => (runner === 7 ? publicOf(pair) : undefined) }
const topicOf = (runner: number, task = 42) =>
  topics.of({ channel: 'result', runner, task, attempt: 1 })
const text = encode('result', { v: 1, kind: 'result', session: 3, result })
const hear = (topic: string, payload: string | object) => {
  const bytes = typeof payload === 'string' ? payload : JSON.stringify(payload)
  return parseIncoming({ topics, voice }, topic, Buffer.from(bytes), 0)
}

test('a result counts if its runner has signed it, for this very attempt', () => {
  const own = sign(topicOf(7), text, pair.sign)
  const heard = hear(topicOf(7), own)
  assert.ok(heard.kind === 'attempt' && heard.said.kind === 'result')
  assert.deepEqual(heard.said.result, result)

  const forbidden = { code: 'forbidden' }
  assert.throws(() => hear(topicOf(7), text), forbidden)
  assert.throws(() => hear(topicOf(7, 43), own), forbidden)
  assert.throws(() => hear(topicOf(7), sign(topicOf(7), text, makePair().sign)), forbidden)
  const other = text.replace('cancelled', 'succeeded')
  assert.throws(() => hear(topicOf(7), { ...own, text: other }), forbidden)
})

test('a runner without keys signs nothing', () => {
  assert.equal(hear(topicOf(8), text).kind, 'attempt')
})

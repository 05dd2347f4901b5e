import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { decodeChunk, encodeChunk } from '../../../broker/codec.ts'
import { LogDigests } from '../../../server/ingest/digests.ts'
import { appendChunks } from '../../../server/store/chunks.ts'
import { Station } from './station.ts'

test('the digest is that of the stored log, whatever of it was hashed on its way in', async (t) => {
  const station = await Station.open(t)
  const { id } = await station.running()
  const texts = ['one\n', 'two\n', 'three\n', 'four\n']
  const chunks = texts.map((text, seq) =>
    decodeChunk(encodeChunk({ session: 1, seq, at: 0 }, Buffer.from(text))),
  )
  await station.store.commit((tx) => appendChunks(tx.db, id.task, id.attempt, chunks))
  const expected = createHash('sha256').update(texts.join('')).digest('hex')
  for (const hashed of [[], [0], [0, 1], [0, 1, 2, 3], [1, 2], [0, 2]]) {
    const digests = new LogDigests()
    digests.settle({
      appended: hashed.map((seq) => piece(id, seq, texts[seq] as string)),
      closed: [],
    })
    assert.equal(await digests.of(station.store.read, id.task, id.attempt), expected, `${hashed}`)
  }
})

test('a log that is over is hashed no more, also if it came whole in one transaction', () => {
  const id = { task: 7, attempt: 1 }
  const digests = new LogDigests()
  digests.settle({ appended: [piece(id, 0, 'short\n')], closed: [] })
  assert.equal(digests.size, 1)
  digests.settle({ appended: [piece(id, 1, 'end\n')], closed: [id] })
  assert.equal(digests.size, 0)
  digests.settle({ appended: [piece(id, 0, 'whole\n')], closed: [id] })
  assert.equal(digests.size, 0)
})

function piece(id: { task: number; attempt: number }, seq: number, text: string) {
  return { ...id, seq, raw: Buffer.from(text) }
}

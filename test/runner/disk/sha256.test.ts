import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { Sha256 } from '../../../runner/disk/sha256.ts'

test('the digest is that of node:crypto, however the bytes are cut and the state is saved', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 })
  fc.assert(
    fc.property(parts, (list) => {
      let hash = new Sha256()
      const expected = createHash('sha256')
      for (const part of list) {
        hash = Sha256.resume(hash.update(part).save())
        assert.equal(hash.digest(), expected.update(part).copy().digest('hex'))
      }
    }),
  )
})

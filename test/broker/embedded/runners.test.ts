import assert from 'node:assert/strict'
import { test } from 'node:test'
import { knownRunners } from '../../../broker/embedded/runners.ts'
import { sha256hex } from '../../../lib/ids.ts'

test('a runner is known by its token until it is gone or has another', () => {
  const runners = knownRunners(new Map([[1, sha256hex('one')]]))
  assert.equal(runners.accepts(1, Buffer.from('one')), true)
  assert.equal(runners.accepts(1, Buffer.from('two')), false)
  assert.equal(runners.accepts(2, Buffer.from('one')), false)
  assert.deepEqual(runners.replace(new Map([[2, sha256hex('two')]])), [1])
  assert.equal(runners.accepts(1, Buffer.from('one')), false)
  assert.deepEqual(runners.replace(new Map([[2, sha256hex('three')]])), [2])
  assert.deepEqual(runners.replace(new Map([[2, sha256hex('three')]])), [])
})

test('nobody is let in by the empty token that unknown ids are compared with', () => {
  assert.equal(knownRunners(new Map()).accepts(1, Buffer.alloc(0)), false)
})

import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { knownRunners } from '../../../broker/embedded/runners.ts'
import { sha256hex } from '../../../lib/ids.ts'

const only = (id: number, token: string) => new Map([[id, sha256hex(token)]])

test('a runner is known by its token until it is gone or has another', () => {
  const runners = knownRunners(only(1, 'one'))
  assert.equal(runners.accepts(1, Buffer.from('one')), true)
  assert.equal(runners.accepts(1, Buffer.from('two')), false)
  assert.equal(runners.accepts(2, Buffer.from('one')), false)
  runners.replace(only(1, 'two'))
  assert.equal(runners.accepts(1, Buffer.from('one')), false)
  assert.equal(runners.accepts(1, Buffer.from('two')), true)
  runners.replace(new Map())
  assert.equal(runners.accepts(1, Buffer.from('two')), false)
})

test('all connections of a runner end with its token, and no others', () => {
  const runners = knownRunners(new Map([...only(1, 'one'), ...only(2, 'two')]))
  const [first, second, other] = [new PassThrough(), new PassThrough(), new PassThrough()]
  for (const stream of [first, second, other]) stream.on('error', () => {})
  runners.enter(1, first)
  runners.enter(1, second)
  runners.enter(2, other)
  runners.replace(new Map([...only(1, 'one'), ...only(2, 'two')]))
  assert.equal(first.destroyed, false)
  runners.replace(only(2, 'two'))
  assert.deepEqual([first.destroyed, second.destroyed, other.destroyed], [true, true, false])
})

test('nobody is let in by the empty token that unknown ids are compared with', () => {
  assert.equal(knownRunners(new Map()).accepts(1, Buffer.alloc(0)), false)
})

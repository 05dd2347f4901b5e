import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { countSockets } from '../../../broker/embedded/census.ts'

test('sockets are counted in all and from each address until they close', () => {
  const census = countSockets({ sockets: 3, perAddress: 2 })
  const first = new EventEmitter()
  assert.equal(census.enter('a', first), undefined)
  assert.equal(census.enter('a', new EventEmitter()), undefined)
  assert.match(census.enter('a', new EventEmitter()) ?? '', /2 connections from this address/)
  assert.equal(census.enter('b', new EventEmitter()), undefined)
  assert.match(census.enter('c', new EventEmitter()) ?? '', /3 connections are open/)
  first.emit('close')
  assert.equal(census.enter('a', new EventEmitter()), undefined)
  assert.match(census.enter('a', new EventEmitter()) ?? '', /3 connections are open/)
})

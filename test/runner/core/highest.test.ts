import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tombstoneLimit } from '../../../runner/core/state.ts'
import { Machine } from './machine.ts'

test('what is remembered of tasks that are over is bounded, and the oldest goes first', () => {
  const machine = Machine.welcomed()
  const tasks = Array.from({ length: tombstoneLimit }, (_, at) => [at + 1, 1] as const)
  machine.state = { ...machine.state, highest: new Map(tasks) }
  machine.take({ kind: 'offer', task: tombstoneLimit + 1, attempt: 1 })
  const { highest } = machine.state
  assert.equal(highest.size, tombstoneLimit)
  assert.equal(highest.has(1), false)
  assert.equal(highest.get(tombstoneLimit + 1), 1)
})

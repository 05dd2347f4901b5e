import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Shortages } from '../../runner/shortages.ts'

test('one reason is told, as long as there is one', () => {
  const told: (string | null)[] = []
  const shortages = new Shortages((reason) => told.push(reason))
  shortages.set('log 1.1', 'no space left')
  shortages.set('log 1.1', 'no space left')
  shortages.set('/tmp', 'too little')
  shortages.set('log 1.1', undefined)
  shortages.set('/tmp', undefined)
  shortages.set('/tmp', undefined)
  assert.deepEqual(told, ['no space left', 'too little', null])
})

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { AppError, lineOf, systemCode } from '../../lib/errors.ts'

test('an error is one line: what is wrong, and what to do', () => {
  const error = new AppError('locked', 'the file is held', { fix: 'stop the other' })
  assert.equal(error.line, 'the file is held; stop the other')
  assert.equal(new AppError('locked', 'the file is held').line, 'the file is held')
  assert.ok(error instanceof Error)
  assert.deepEqual([error.name, error.code], ['AppError', 'locked'])
})

test('the cause is kept, and absent where none was given', () => {
  const cause = new Error('deeper')
  assert.equal(new AppError('internal', 'm', { cause }).cause, cause)
  assert.ok(!('cause' in new AppError('internal', 'm')))
})

test('anything thrown has a line', () => {
  assert.equal(
    lineOf(new AppError('usage', 'no such flag', { fix: 'see --help' })),
    'no such flag; see --help',
  )
  assert.equal(lineOf(new Error('first\nsecond')), 'first')
  assert.equal(lineOf(new TypeError('')), 'TypeError')
  assert.equal(lineOf('just text'), 'just text')
  assert.equal(lineOf(undefined), 'undefined')
  assert.equal(lineOf(new AggregateError([new Error('refused'), new Error('other')])), 'refused')
  assert.equal(lineOf(new AggregateError([], 'none')), 'none')
})

test('the code of a system error is found, nothing else is taken for one', async () => {
  const missing = await readFile('/no/such/file').catch((error) => error)
  assert.equal(systemCode(missing), 'ENOENT')
  for (const other of [new Error('plain'), { code: 5 }, null, undefined, 'ENOENT']) {
    assert.equal(systemCode(other), undefined)
  }
})

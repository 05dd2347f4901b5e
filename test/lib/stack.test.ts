import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CleanupStack } from '../../lib/stack.ts'

test('the last that was deferred is cleaned up first, each before the next', async () => {
  const done: string[] = []
  const stack = new CleanupStack()
  stack.defer(() => done.push('first'))
  stack.defer(async () => {
    await Promise.resolve()
    done.push('second')
  })
  const resource = { close: () => done.push('resource') }
  assert.equal(stack.use(resource), resource)
  await stack.close()
  assert.deepEqual(done, ['resource', 'second', 'first'])
})

test('a failure does not keep the rest from being cleaned up, the first one is told', async () => {
  const done: string[] = []
  const stack = new CleanupStack()
  stack.defer(() => done.push('last'))
  stack.defer(() => Promise.reject(new Error('told later')))
  stack.defer(() => {
    throw new Error('told')
  })
  await assert.rejects(stack.close(), { message: 'told' })
  assert.deepEqual(done, ['last'])
})

test('it is cleaned up once, however often that is asked for', async () => {
  let count = 0
  const stack = new CleanupStack()
  stack.defer(() => {
    count += 1
  })
  await Promise.all([stack.close(), stack.close(), stack[Symbol.asyncDispose]()])
  assert.equal(count, 1)
})

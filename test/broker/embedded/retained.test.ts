import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { type Kept, lookOnlyForWildcards } from '../../../broker/embedded/retained.ts'

test('what is kept is looked through for wildcards, and for nothing else', async () => {
  const looked: string[][] = []
  const persistence: Kept = {
    createRetainedStreamCombi(filters) {
      looked.push(filters)
      return Readable.from(['kept'])
    },
  }
  lookOnlyForWildcards({ persistence })
  const found = (...filters: string[]) => persistence.createRetainedStreamCombi(filters).toArray()
  assert.deepEqual(await found('p/runners/1/tasks', 'p/runners/1/acks'), [])
  assert.deepEqual(looked, [])
  assert.deepEqual(await found('p/runners/+/hello', 'p/x'), ['kept'])
  assert.deepEqual(await found('p/#'), ['kept'])
  assert.deepEqual(looked, [['p/runners/+/hello'], ['p/#']])
})

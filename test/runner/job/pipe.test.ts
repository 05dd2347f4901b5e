import assert from 'node:assert/strict'
import { writeSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { openPipe } from '../../../runner/job/pipe.ts'
import { tempFolder } from './make.ts'

test('what is written comes out, and the end with the last writer', async (t) => {
  const folder = await tempFolder(t)
  const pipe = await openPipe(folder)
  assert.deepEqual(await readdir(folder), [], 'it has no name any more')
  writeSync(pipe.writer, 'hello')
  pipe.closeWriter()
  pipe.closeWriter()
  let text = ''
  for await (const chunk of pipe.reader) text += chunk
  assert.equal(text, 'hello')
})

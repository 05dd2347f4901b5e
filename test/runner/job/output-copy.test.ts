import assert from 'node:assert/strict'
import { writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { OutputCopy } from '../../../runner/job/output-copy.ts'
import { openPipe } from '../../../runner/job/pipe.ts'

test('what a program printed while its runner was frozen is read before the pipe is given up', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-output-'))
  t.after(() => rm(folder, { recursive: true }))
  const pipe = await openPipe(folder)
  t.after(() => pipe.closeWriter())
  let log = ''
  const write = async (bytes: Uint8Array) => {
    log += Buffer.from(bytes).toString()
  }
  const copy = new OutputCopy(pipe.reader, { write })
  // The writer stays open, as by a process that escaped.
  const drained = copy.drain(systemClock)
  writeSync(pipe.writer, 'all of it\n')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500)
  await drained
  assert.equal(log, 'all of it\n')
})

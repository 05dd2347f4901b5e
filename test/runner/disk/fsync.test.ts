import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openRecordFile } from '../../../runner/disk/open-records.ts'
import { folder, run } from './setup.ts'

function haveStrace(t: TestContext): boolean {
  try {
    execFileSync('strace', ['-o', '/dev/null', '-e', 'trace=none', 'true'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (process.env.CI) throw error
    t.skip('needs strace, and the right to trace')
    return false
  }
}

test('after a failed fsync the file is written anew before it is trusted again', async (t) => {
  if (!haveStrace(t)) return
  const dir = await folder(t)
  const path = join(dir, 'records')
  const trace = join(dir, 'trace')
  const child = run(
    t,
    'failing-fsync.ts',
    [path],
    [
      ...['strace', '-f', '-qq', '-o', trace, '-E', 'UV_THREADPOOL_SIZE=1'],
      ...['-e', 'trace=fdatasync,rename'],
      ...['-e', 'inject=fdatasync:error=EIO:when=4'],
    ],
  )
  assert.equal(await child.ended, 0)
  const failed = `failed 4 cannot fsync ${path}: EIO; check its disk and permissions`
  const promised = Array.from({ length: 10 }, (_, i) => `promised ${i + 1}`)
  assert.deepEqual(child.lines, [...promised.slice(0, 3), failed, ...promised.slice(3)])

  const renames = readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => /rename\(/.test(line))
  assert.equal(renames.length, 2, 'one to create the file, one to replace it')
  const { payloads, file, cut } = await openRecordFile(path, { maxPayload: 100, now: Date.now })
  assert.deepEqual(payloads.map(String), ['0', ...promised.map((_, i) => `${i + 1}`)])
  assert.equal(cut, 0)
  await file.close()
  assert.ok(statSync(path).size > 0)
})

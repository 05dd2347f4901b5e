import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createRecordFile, openRecordFile } from '../../../runner/disk/open-records.ts'
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
  const path = join(dir, 'made', 'deeper', 'records')
  const trace = join(dir, 'trace')
  // One thread, because strace counts the calls of each thread for itself.
  const child = run(
    t,
    'failing-fsync.ts',
    [path],
    [
      ...['strace', '-f', '-qq', '-y', '-o', trace, '-E', 'UV_THREADPOOL_SIZE=1'],
      ...['-e', 'trace=fsync,fdatasync,rename', '-e', 'inject=fdatasync:error=EIO:when=4'],
    ],
  )
  assert.equal(await child.ended, 0)
  const failed = `failed 4 cannot fsync ${path}: EIO; check its disk and permissions`
  const promised = Array.from({ length: 10 }, (_, i) => `promised ${i + 1}`)
  assert.deepEqual(child.lines, [...promised.slice(0, 3), failed, ...promised.slice(3)])

  const calls = [...readFileSync(trace, 'utf8').matchAll(/^\d+ +(\w+)\((?:\d+<(.*?)>)?/gm)]
  const made = [`fsync ${join(dir, 'made')}`, `fsync ${dir}`]
  const replaced = [`fsync ${path}.new`, 'rename', `fsync ${dirname(path)}`]
  const appended = `fdatasync ${path}`
  assert.deepEqual(
    calls.map(([, call, file]) => (file ? `${call} ${file}` : call)),
    [...made, ...replaced, ...Array(4).fill(appended), ...replaced, ...Array(7).fill(appended)],
  )
  const { payloads, file, cut } = await openRecordFile(path, { maxPayload: 100, now: Date.now })
  assert.deepEqual(payloads.map(String), ['0', ...promised.map((_, i) => `${i + 1}`)])
  assert.equal(cut, 0)
  await file.close()
})

/** What `strace` saw of files: a call and a path each. */
function callsIn(trace: string): string[] {
  const calls = readFileSync(trace, 'utf8').matchAll(/^\d+ +(\w+)\(\d+<(.*?)>/gm)
  return [...calls].map(([, call, file]) => `${call} ${file}`)
}

test('what an earlier process left is durable before anything is told of it', async (t) => {
  if (!haveStrace(t)) return
  const dir = await folder(t)
  const path = join(dir, 'records')
  const file = await createRecordFile(path, [Buffer.from('0'), Buffer.from('1')], 100)
  await file.close()
  const trace = join(dir, 'trace')
  const open = async (...inject: string[]) => {
    const traced = ['-e', 'trace=pwrite64,fsync', ...inject]
    const strace = ['strace', '-f', '-qq', '-y', '-o', trace, ...traced]
    const child = run(t, 'opening.ts', [path], [...strace, '-E', 'UV_THREADPOOL_SIZE=1'])
    assert.equal(await child.ended, 0)
    const own = callsIn(trace).filter((call) => call.endsWith(path) || call.endsWith(` ${dir}`))
    return { said: child.lines, calls: own }
  }
  assert.deepEqual(await open(), {
    said: ['opened 0 1'],
    calls: [`pwrite64 ${path}`, `fsync ${path}`, `fsync ${dir}`],
  })
  // Killed right behind an fsync that failed, and the disk fails still: it may all be gone tomorrow.
  const failing = await open('-e', 'inject=fsync:error=EIO')
  assert.deepEqual(failing.said, [`cannot open ${path}: EIO; check its disk and permissions`])
  assert.equal((await open()).said[0], 'opened 0 1')
})

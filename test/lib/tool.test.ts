import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runTool } from '../../lib/tool.ts'

const options = { env: { PATH: process.env.PATH ?? '' }, fix: 'install it' }
const sh = (script: string, more: object = {}) =>
  runTool('sh', ['-c', script], { ...options, ...more })

test('what it says and how it ends; its input may be left unread', async () => {
  assert.deepEqual(await sh('echo "$(cat)" there; echo no >&2', { input: 'hello' }), {
    ok: true,
    stdout: 'hello there\n',
    stderr: 'no\n',
  })
  assert.deepEqual(await sh('exit 3', { input: 'x'.repeat(1_000_000) }), {
    ok: false,
    stdout: '',
    stderr: '',
  })
})

test('it sees no variable but those that it is given', async () => {
  process.env.OUTSTATION_TEST_SECRET = 'hunter2'
  const { stdout } = await sh('env')
  delete process.env.OUTSTATION_TEST_SECRET
  assert.ok(stdout.includes('PATH='))
  assert.ok(!stdout.includes('hunter2'))
})

test('whoever says too much is ended, and so is what it has started', async () => {
  const { ok, stdout } = await sh('yes & yes', { maxOutput: 100_000 })
  assert.equal(ok, false)
  assert.ok(stdout.length <= 100_000)
})

test('an abort ends it with the cause, before and after its start', async () => {
  const cause = new Error('enough')
  await assert.rejects(sh('exit 0', { signal: AbortSignal.abort(cause) }), cause)
  const late = new AbortController()
  const running = sh('echo; exec sleep 1000', { signal: late.signal })
  setImmediate(() => late.abort(cause))
  await assert.rejects(running, cause)
})

test('a program that is not there is named, with what to do', async () => {
  await assert.rejects(runTool('no-such-program', [], options), {
    code: 'tool',
    message: 'no-such-program: not found on this machine',
    fix: 'install it',
  })
})

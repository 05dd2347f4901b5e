/** A runner killed in the middle of a job; what the next one finds and ends. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chown, copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { endLeftovers } from '../../../runner/job/leftovers.ts'
import { tempFolder } from './make.ts'

const root = join(import.meta.dirname, '../../..')
const programs = join(root, 'test/fixtures/programs')

test('processes, control groups and secrets of a killed runner are ended', async (t) => {
  const { tmpPath, child, started, runner } = await doomed(t)
  assert.ok(isAlive(child) && isAlive(started))
  assert.equal((await secretsOf(runner)).length, 1)
  runner.kill('SIGKILL')
  await once(runner, 'exit')
  assert.ok(isAlive(child), 'it survives its runner')
  assert.ok((await endLeftovers(tmpPath, systemClock)) >= 2)
  assert.ok(!isAlive(child) && !isAlive(started))
  assert.deepEqual(await secretsOf(runner), [])
})

test('what belongs to a living runner is left alone', async (t) => {
  const { tmpPath, child, runner } = await doomed(t)
  await endLeftovers(tmpPath, systemClock)
  assert.ok(isAlive(child))
  runner.kill('SIGKILL')
  await once(runner, 'exit')
  await endLeftovers(tmpPath, systemClock)
  assert.ok(!isAlive(child))
})

const noRoot = process.getuid?.() !== 0 && 'not root: every other test shows this'

test('without rights to control groups the whole tree is found too', {
  skip: noRoot,
}, async (t) => {
  const { child, started, runner, text } = await doomed(t, 65534)
  assert.ok(isAlive(child) && isAlive(started))
  runner.kill('SIGTERM')
  await once(runner, 'close')
  assert.match(text(), /\nStopped on request\ncancelled\n$/)
  assert.ok(!isAlive(child) && !isAlive(started))
})

/** Starts a runner whose job ignores TERM and has a child that left the session. */
async function doomed(t: TestContext, uid?: number) {
  const tmpPath = await tempFolder(t)
  const repository = await tempFolder(t)
  await copyFile(join(programs, 'setsid-survivor.sh'), join(repository, 'run.sh'))
  if (uid !== undefined)
    await Promise.all([tmpPath, repository].map((path) => chown(path, uid, uid)))
  const runner = spawn(
    process.execPath,
    ['--import', 'tsx', join(programs, 'doomed-runner.ts'), tmpPath, repository],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    },
  )
  t.after(() => runner.kill('SIGKILL'))
  let text = ''
  runner.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  while (!(text.includes('child ') && text.includes('started '))) await once(runner.stdout, 'data')
  const child = Number(/child (\d+)/.exec(text)?.[1])
  const started = Number(/started (\d+)/.exec(text)?.[1])
  return { tmpPath, runner, child, started, text: () => text }
}

async function secretsOf({ pid }: { pid?: number | undefined }): Promise<string[]> {
  return (await readdir('/dev/shm')).filter((name) => name.startsWith(`outstation-${pid}-`))
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { lockFile } from '../../lib/lock.ts'

const linux = { skip: process.platform === 'linux' ? false : 'reads /proc' }

async function lockPath(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'outstation-lock-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return join(dir, 'lock')
}

interface Holder {
  process: ChildProcess
  /** Tells it to take the lock; resolves with what it says then. */
  take(): Promise<string>
  kill(): Promise<void>
}

async function holder(t: TestContext, path: string): Promise<Holder> {
  const file = join(import.meta.dirname, 'hold-lock.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', file, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(kill)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  assert.equal((await lines.next()).value, 'ready')
  const take = async () => {
    child.stdin.write('take\n')
    return (await lines.next()).value as string
  }
  return { process: child, take, kill }
}

test('who holds it is named to who comes second, with what to do', async (t) => {
  const path = await lockPath(t)
  const lock = await lockFile(path, 'an outstation server')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await assert.rejects(lockFile(path, 'an outstation server'), {
    code: 'locked',
    message: `${path} is held by an outstation server, process ${process.pid}`,
    fix: 'stop that process, or use another folder',
  })
  assert.deepEqual(readdirSync(join(path, '..')), ['lock'])
  await lock.close()
  await lock.close()
  assert.deepEqual(readdirSync(join(path, '..')), [])
  await (await lockFile(path, 'a test')).close()
})

test(
  'another process is refused while it lives, and follows once it was killed',
  linux,
  async (t) => {
    const path = await lockPath(t)
    const first = await holder(t, path)
    assert.equal(await first.take(), 'taken')
    await assert.rejects(lockFile(path, 'a test'), {
      code: 'locked',
      message: new RegExp(`process ${first.process.pid}$`),
    })
    await first.kill()
    const lock = await lockFile(path, 'a test')
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).pid, process.pid)
    await lock.close()
  },
)

test('a pid that another process bears by now does not hold it', linux, async (t) => {
  const path = await lockPath(t)
  const lock = await lockFile(path, 'a test')
  const owner = JSON.parse(readFileSync(path, 'utf8'))
  for (const stale of [{ started: '1' }, { boot: 'before the last boot' }]) {
    writeFileSync(path, JSON.stringify({ ...owner, ...stale }))
    await (await lockFile(path, 'a test')).close()
  }
  await lock.close()
})

test('what a power cut left of a lock does not hold it', async (t) => {
  const path = await lockPath(t)
  for (const torn of ['', '{"pid":', '{}', 'null', '\0\0\0']) {
    writeFileSync(path, torn)
    await (await lockFile(path, 'a test')).close()
  }
})

test('of many that find a dead owner one follows, however often', linux, async (t) => {
  const path = await lockPath(t)
  for (let round = 0; round < 20; round += 1) {
    writeFileSync(path, `dead owner ${round}`)
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => lockFile(path, 'a test')))
    const taken = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    assert.equal(taken.length, 1, `round ${round}`)
    for (const lock of taken) await lock.close()
    assert.deepEqual(readdirSync(join(path, '..')), [])
  }
})

test('of several processes that find a dead owner one follows', linux, async (t) => {
  const path = await lockPath(t)
  let [dead, ...others] = await Promise.all([1, 2, 3, 4].map(() => holder(t, path)))
  assert.equal(await dead?.take(), 'taken')
  await dead?.kill()
  while (others.length > 0) {
    const said = await Promise.all(others.map((each) => each.take()))
    assert.equal(said.filter((line) => line === 'taken').length, 1, said.join('; '))
    dead = others[said.indexOf('taken')]
    await dead?.kill()
    others = await Promise.all(others.slice(1).map(() => holder(t, path)))
  }
})

test('one that died while it replaced a dead owner is replaced as well', linux, async (t) => {
  const path = await lockPath(t)
  const dead = await holder(t, path)
  assert.equal(await dead.take(), 'taken')
  const text = readFileSync(path, 'utf8')
  await dead.kill()
  const { sha256hex } = await import('../../lib/ids.ts')
  writeFileSync(`${path}.${sha256hex(text).slice(0, 16)}`, 'died while it replaced the dead')
  const lock = await lockFile(path, 'a test')
  assert.deepEqual(readdirSync(join(path, '..')), ['lock'])
  await lock.close()
})

/** A runner in another language, written from docs/protocol.md alone, takes tasks from a real server. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { openWorld, type World } from '../kit/world.ts'

const program = join(import.meta.dirname, '../../examples/second-runner/runner.py')
const missing = spawnSync('python3', ['--version']).status !== 0 && !process.env.CI
const skip = missing ? 'python3 is not installed' : false

const files = {
  'hello.sh': 'echo "hello $1"; exit "$2"\n',
  'count.sh':
    'echo begin; until [ -e "$1" ]; do sleep 0.05; done; for i in {1..100}; do echo "line $i"; done\n',
  'wait.sh': 'echo begin; sleep 3600\n',
}
const counted = `begin\n${Array.from({ length: 100 }, (_, i) => `line ${i + 1}\n`).join('')}`

describe('a second runner', { skip }, () => {
  let world: World
  let runner: SecondRunner
  before(async () => {
    world = await openWorld({ runners: 0, files })
    const { folder } = await world.addRunner()
    const words = [world.url, join(folder, 'ca.pem'), join(folder, 'token'), join(folder, 'state')]
    runner = new SecondRunner(words)
    await runner.start()
  })
  after(async () => {
    await runner.kill()
    await world.close()
  })

  test('runs what it is given and tells how it ended', async () => {
    const good = await world.script('hello.sh', 'there', '0')
    assert.equal((await world.finished(good)).status, 'success')
    assert.equal(await world.log(good), 'hello there\n')
    const bad = await world.finished(await world.script('hello.sh', 'there', '3'))
    assert.deepEqual([bad.status, bad.exit_code], ['error', 3])
  })

  test('ends what is to be stopped', async () => {
    const task = await world.script('wait.sh')
    await world.until(task, ({ status }) => status === 'running')
    await world.stop(task)
    assert.equal((await world.finished(task)).status, 'stopped')
  })

  test('goes on where it was when the server is killed meanwhile', async () => {
    const go = join(world.folder, 'go')
    const task = await world.script('count.sh', go)
    await world.until(task, ({ status }) => status === 'running')
    await world.server.end('SIGKILL')
    await writeFile(go, '')
    await world.server.start()
    assert.equal((await world.finished(task)).status, 'success')
    assert.equal(await world.log(task), counted)
  })

  test('killed while a task runs, it reports that and never runs it again', async () => {
    const task = await world.script('wait.sh')
    await world.until(task, ({ status }) => status === 'running')
    await runner.kill()
    await runner.start()
    const { status, reason, attempt } = await world.finished(task)
    assert.deepEqual([status, attempt], ['error', 1])
    assert.match(reason, /the runner died while this task ran/)
    const next = await world.script('hello.sh', 'again', '0')
    assert.equal((await world.finished(next)).status, 'success')
  })
})

class SecondRunner {
  readonly #words: string[]
  #child: ChildProcess | undefined

  constructor(words: string[]) {
    this.#words = words
  }

  /** Resolves when it is connected. */
  async start(): Promise<void> {
    const child = spawn('python3', ['-B', program, ...this.#words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    const lines = createInterface({ input: child.stdout })
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the second runner ended with ${code}`)
    })
    ended.catch(() => {})
    await Promise.race([once(lines, 'line'), ended])
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
}

/** A runner in another language, written from docs/protocol.md alone, takes tasks from a real server. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
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
  let place: string
  const newRunner = (state: string) =>
    new SecondRunner([world.url, ...['ca.pem', 'token', state].map((name) => join(place, name))])
  before(async () => {
    world = await openWorld({ runners: 0, files })
    place = (await world.addRunner()).folder
    runner = newRunner('state')
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

  test('another one with its token is declined while a task runs, and goes away', async (t) => {
    const go = join(world.folder, 'go on')
    const task = await world.script('count.sh', go)
    await world.until(task, ({ status }) => status === 'running')
    const clone = newRunner('another state')
    t.after(() => clone.kill())
    await clone.start()
    await clone.prints(/^declined: .* one token is for one installation/)
    await writeFile(go, '')
    assert.equal((await world.finished(task)).status, 'success')
    assert.equal(await world.log(task), counted)
  })
})

class SecondRunner {
  readonly #words: string[]
  #child: ChildProcess | undefined
  #lines: string[] = []
  readonly #printed = new EventEmitter()

  constructor(words: string[]) {
    this.#words = words
  }

  /** Resolves when it is connected. */
  async start(): Promise<void> {
    this.#lines = []
    const child = spawn('python3', ['-B', program, ...this.#words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#lines.push(line)
      this.#printed.emit('line')
    })
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the second runner ended with ${code}`)
    })
    ended.catch(() => {})
    await Promise.race([this.prints(/^connected/), ended])
  }

  /** Resolves once it has printed such a line since its start. */
  async prints(pattern: RegExp): Promise<void> {
    while (!this.#lines.some((line) => pattern.test(line))) await once(this.#printed, 'line')
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
}

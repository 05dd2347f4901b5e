/** What a task may print: anything, byte for byte, in memory that does not grow with it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { peakMemory } from '../kit/processes.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const longLine = 100_000_000
const files = {
  'cat.sh': 'cat "$1"\n',
  'long-line.sh': `head -c ${longLine} /dev/zero | tr '\\0' x\necho\necho over\n`,
  'burst.sh': 'seq 10000\n',
  'silent.sh': ':\n',
  'unfinished.sh': "printf 'no end of line'; exit 1\n",
}

let world: World
let runner: WorldRunner
before(async () => {
  world = await openWorld({ files })
  runner = world.runners[0] as WorldRunner
})
after(() => world.close())

/** Runs a script to its end. @returns how it ended, and the very bytes of its log */
async function outputOf(script: string, ...args: string[]) {
  const task = await world.script(script, ...args)
  const { status } = await world.finished(task)
  const path = `${world.project.path}/tasks/${task}`
  return { status, path, bytes: (await world.api.get(`${path}/raw_output`)).bytes }
}

async function expectNextRuns(): Promise<void> {
  const { status, bytes } = await outputOf('unfinished.sh')
  assert.equal(status, 'error')
  assert.match(String(bytes), /\nno end of line\nRunning app failed: exited with code 1\n$/)
}

/** The last bytes of a log; what comes before is the runner's. */
function expectTail(bytes: Buffer, wanted: Buffer): void {
  const tail = bytes.subarray(-wanted.length)
  // Not deepEqual: its message of a difference would be 100 MB long.
  assert.ok(tail.equals(wanted), `expected ${wanted.length} bytes, got ${bytes.length}, others`)
  assert.match(String(bytes.subarray(0, -wanted.length)), /^Preparing: \d+\nUsing .*\n$/)
}

test('a line of 100 MB passes, in memory that does not grow with it', async () => {
  const processes = [world.server, runner]
  const before = processes.map(({ pid }) => peakMemory(pid))
  const { status, bytes } = await outputOf('long-line.sh')
  assert.equal(status, 'success')
  expectTail(bytes, Buffer.concat([Buffer.alloc(longLine, 'x'), Buffer.from('\nover\n')]))
  const grown = processes.map(({ pid }, index) => peakMemory(pid) - (before[index] ?? 0))
  assert.ok(Math.max(...grown) < 128, `server and runner have grown by ${grown.join(' and ')} MB`)
  await expectNextRuns()
})

test('bytes that are no text: NUL, invalid UTF-8, all there are', async () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  const cut = Buffer.from('cut \xe2\x82\n\xff\xfe\0\r\n\x1b[31mred', 'latin1')
  const data = Buffer.concat([all, cut, randomBytes(100_000), Buffer.from('end')])
  const file = join(world.folder, 'bytes')
  await writeFile(file, data)
  const { status, bytes, path } = await outputOf('cat.sh', file)
  assert.equal(status, 'success')
  expectTail(bytes, data)
  const lines = (await world.api.get(`${path}/output`)).json()
  assert.equal(lines.length, bytes.toString('latin1').split('\n').length)
  assert.match((await world.api.get(`${path}/stream`)).text, /"status":"success"/)
  await expectNextRuns()
})

test('10,000 short lines at once', async () => {
  const { status, bytes } = await outputOf('burst.sh')
  assert.equal(status, 'success')
  expectTail(bytes, Buffer.from(Array.from({ length: 10_000 }, (_, n) => `${n + 1}\n`).join('')))
})

test('nothing at all', async () => {
  const { status, bytes } = await outputOf('silent.sh')
  assert.equal(status, 'success')
  assert.match(String(bytes), /^Preparing: \d+\nUsing .*\n$/)
})

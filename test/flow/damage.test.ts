/** Failures 10 and 25: bytes on a runner's disk that changed. It is noticed, and told. */
import assert from 'node:assert/strict'
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { rm, watch, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { FaultyDisk, lacksCompiler } from '../faults/disk.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { openGate, waitAt } from '../kit/gate.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const files = {
  'count.sh': `echo begun
${waitAt('$1')}for i in {1..10000}; do echo "line $i"; done
${waitAt('$2')}for i in {10001..20000}; do echo "line $i"; done
`,
}

let world: World
let proxy: FaultProxy
let runner: WorldRunner
let gates = 0
before(async () => {
  world = await openWorld({ files, runners: 0 })
  proxy = await FaultProxy.start(world.mqttPort)
  runner = await world.addRunner({ runner: { mqtt_url: `mqtts://localhost:${proxy.port}` } })
  await runner.start()
})
after(async () => {
  await world.close()
  proxy.close()
})

async function running(): Promise<{ task: number; gate: string }> {
  const gate = join(world.folder, `gate-${++gates}`)
  const task = await world.script('count.sh', gate, second(gate))
  await world.printed(task, 'begun\n')
  return { task, gate }
}

const second = (gate: string) => `${gate}-second`

/** Resolves once a file of the runner holds this. */
async function holds(file: string, text: string): Promise<void> {
  const ending = new AbortController()
  const changes = watch(file, { signal: ending.signal })[Symbol.asyncIterator]()
  // It is watched from the first `next` on: what is written before that is found by reading.
  let change = changes.next()
  while (!readFileSync(file).includes(text)) {
    await change
    change = changes.next()
  }
  change.catch(() => {})
  ending.abort()
}

/** Changes one bit. @returns the whole file as it is now */
function flip(file: string, at: (bytes: Buffer) => number): Buffer {
  const bytes = readFileSync(file)
  const index = at(bytes)
  bytes[index] = (bytes[index] ?? 0) ^ 0x10
  // In place: whoever has it open finds nothing else changed, whenever it looks.
  const opened = openSync(file, 'r+')
  writeSync(opened, bytes, index, 1, index)
  closeSync(opened)
  return bytes
}

async function alarm(): Promise<{ text: string; times: number }> {
  const { alarms } = (await world.api.get(`/api/runners/${runner.id}`)).json()
  assert.deepEqual(
    alarms.map(({ kind }: { kind: string }) => kind),
    ['damaged'],
  )
  return alarms[0]
}

const keptIn = (text: string) => readFileSync(/as it was: (.*)$/.exec(text)?.[1] ?? '')

test('a damaged journal: what may have started is interrupted, what is lost is lost, people are told', async () => {
  const [first, second] = [await running(), await running()]
  await runner.end('SIGKILL')
  const journal = join(runner.state, 'journal')
  const damaged = flip(journal, (bytes) => bytes.indexOf(`{"kind":"start","task":${first.task}`))
  const raised = world.server.next('runner alarm')
  await runner.start()

  const interrupted = await world.finished(first.task)
  assert.deepEqual([interrupted.status, interrupted.attempt], ['error', 1])
  assert.match(interrupted.reason, /^Interrupted/)
  const lost = await world.finished(second.task)
  assert.deepEqual([lost.status, lost.attempt], ['error', 1])
  assert.match(lost.reason, /lost its record of this attempt/)

  assert.equal((await raised).alarm, 'damaged')
  const { text } = await alarm()
  assert.match(text, /^journal is damaged at byte \d+: the \d+ records before it could be kept/)
  assert.match(text, new RegExp(`affects ${first.task}.1;`))
  assert.deepEqual(keptIn(text), damaged)

  await runner.end('SIGKILL')
  const welcomed = world.server.next('runner connected')
  await runner.start()
  await welcomed
  assert.equal((await alarm()).times, 1, 'told once')
  const cleared = await world.api.delete(`/api/runners/${runner.id}/alarms/damaged`)
  assert.equal(cleared.status, 204)
})

/** A log of which the server has the beginning only. @returns its one segment */
async function unsent(gate: string): Promise<string> {
  proxy.down()
  const names = readdirSync(join(runner.state, 'spool')).filter((name) => name.endsWith('.spool'))
  assert.equal(names.length, 1)
  const segment = join(runner.state, 'spool', names[0] ?? '')
  await openGate(gate)
  await holds(segment, 'line 10000\n')
  return segment
}

/** What lay before the damage has arrived, and people are told of it. */
async function endedBy(damaged: Buffer, segment: string, task: number): Promise<string> {
  const { status, reason } = await world.finished(task)
  assert.equal(status, 'error')
  assert.match(reason, /^log damaged: it differs from the runner's/)
  const lines = (await world.log(task)).split('\n').filter((line) => line.startsWith('line '))
  assert.ok(lines.length > 1000, `${lines.length} lines`)
  const { text } = await alarm()
  const told = `^${basename(segment)} is damaged at byte \\d+: .* affects ${task}.1;`
  assert.match(text, new RegExp(told, 'm'))
  assert.deepEqual(keptIn(text), damaged)
  return reason
}

test('a damaged log: what lies before the damage arrives, and the task ends with the reason', async () => {
  const { task, gate } = await running()
  const segment = await unsent(gate)
  // The second half vouches for the first: a fault in what was written last would be a torn tail.
  await openGate(second(gate))
  await holds(join(runner.state, 'journal'), `{"kind":"end","task":${task}`)
  await runner.end('SIGKILL')
  const damaged = flip(segment, (bytes) => bytes.indexOf('line 5000\n'))
  proxy.up()
  await runner.start()
  await endedBy(damaged, segment, task)
})

test('a log that is damaged under a runner that lives: the same, at once, and it goes on', async (t) => {
  const missing = process.env.CI ? undefined : await lacksCompiler()
  if (missing !== undefined) return t.skip('needs a C compiler')
  const disk = await FaultyDisk.build()
  t.after(() => disk.close())
  const bad = disk.file('bad')
  await runner.end('SIGKILL')
  runner = await world.addRunner({
    runner: { mqtt_url: `mqtts://localhost:${proxy.port}`, max_parallel_tasks: 1 },
    env: disk.env({ failWhile: bad }),
  })
  await runner.start()
  const { task, gate } = await running()
  const segment = await unsent(gate)
  const waits = runner.next('spool: cannot write, the task waits')
  await writeFile(bad, '')
  await openGate(second(gate))
  await waits
  const damaged = flip(segment, (bytes) => bytes.indexOf('line 5000\n'))
  const ended = runner.next('task ended')
  await rm(bad)
  assert.equal((await ended).outcome, 'failed')
  proxy.up()
  const reason = await endedBy(damaged, segment, task)
  assert.match(reason, /; (the log cannot be written|its log cannot be kept): .* is damaged/)
  // Its only slot is free.
  const next = await running()
  await openGate(next.gate)
  await openGate(second(next.gate))
  assert.equal((await world.finished(next.task)).status, 'success')
})

/** The link between a runner and its server breaks in every way that a field knows. Nothing is lost. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { openGate, waitAt } from '../kit/gate.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const files = {
  // Counts until the gate opens, and says how far it came.
  'count.sh': `for ((i = 1; ; i++)); do
  echo "line $i"
  [ -e "$1" ] && break
  ((i % 20)) || sleep 0.01
done
echo "last $i"
`,
  'burst.sh': `echo begun
${waitAt('$1')}for ((i = 1; i <= 5000; i++)); do echo "line $i"; done
echo "last 5000"
`,
}

let world: World
let proxy: FaultProxy
let runner: WorldRunner
before(async () => {
  world = await openWorld({ files, runners: 0 })
  proxy = await FaultProxy.start(world.mqttPort)
  runner = await world.addRunner({ runner: { mqtt_url: `mqtts://localhost:${proxy.port}` } })
})
// A new process each time: one that was cut off often within a minute waits longer and longer.
beforeEach(() => runner.start())
afterEach(() => runner.end('SIGKILL'))
after(async () => {
  await world.close()
  proxy.close()
})

let gates = 0
const newGate = () => join(world.folder, `gate-${++gates}`)

async function expectWhole(task: number): Promise<number> {
  assert.equal((await world.finished(task)).status, 'success')
  const log = await world.log(task)
  const lines = log.split('\n').filter((line) => line.startsWith('line '))
  const last = Number(/^last (\d+)$/m.exec(log)?.[1])
  assert.deepEqual(
    lines,
    Array.from({ length: last }, (_, index) => `line ${index + 1}`),
  )
  return last
}

/** Resolves when the runner has noticed. */
async function loseLink(): Promise<void> {
  const noticed = runner.next('disconnected')
  proxy.down()
  await noticed
}

async function restoreLink(): Promise<void> {
  const back = runner.next('connected')
  proxy.up()
  await back
}

test('a link that is cut again and again while a task prints', async () => {
  const gate = newGate()
  const task = await world.script('count.sh', gate)
  for (const line of [100, 1_000, 2_000]) {
    await world.printed(task, `line ${line}\n`)
    const back = runner.next('connected')
    proxy.cut()
    await back
  }
  await openGate(gate)
  assert.ok((await expectWhole(task)) > 2_000)
})

test('a task that is started while the link is down goes out at the reconnect', async () => {
  const gate = newGate()
  await openGate(gate)
  await loseLink()
  const task = await world.script('burst.sh', gate)
  await world.until(task, ({ status }) => status === 'waiting')
  await restoreLink()
  await expectWhole(task)
})

test('an offer that a black hole swallows is made again', async () => {
  const gate = newGate()
  await openGate(gate)
  proxy.swallows = ['down']
  const task = await world.script('burst.sh', gate)
  await world.until(task, ({ status }) => status === 'starting')
  const back = runner.next('connected')
  proxy.cut()
  await back
  await expectWhole(task)
})

test('a task that ends while the link is down is delivered whole', async () => {
  const gate = newGate()
  const task = await world.script('burst.sh', gate)
  await world.printed(task, 'begun\n')
  await loseLink()
  await openGate(gate)
  await runner.logged('task ended', { task })
  assert.equal((await world.task(task)).status, 'running')
  assert.doesNotMatch(await world.log(task), /^line/m)
  await restoreLink()
  await expectWhole(task)
})

test('a stop that is wished while the link is down takes effect at the reconnect', async () => {
  const task = await world.script('count.sh', newGate())
  await world.printed(task, 'line 100\n')
  await loseLink()
  await world.stop(task)
  assert.equal((await world.task(task)).status, 'stopping')
  await restoreLink()
  assert.equal((await world.finished(task)).status, 'stopped')
})

test('a slow link that delivers small pieces', async () => {
  const gate = newGate()
  await openGate(gate)
  Object.assign(proxy, { delay: 40, chop: 50 })
  await expectWhole(await world.script('burst.sh', gate))
  Object.assign(proxy, { delay: 0, chop: Number.POSITIVE_INFINITY })
})

test('a runner that gets out by HTTPS only', async () => {
  await runner.end('SIGKILL')
  const url = `wss://localhost:${world.port}/mqtt`
  const narrow = await world.addRunner({ runner: { mqtt_url: url } })
  await narrow.start()
  const gate = newGate()
  const task = await world.script('burst.sh', gate)
  await world.printed(task, 'begun\n')
  await openGate(gate)
  await expectWhole(task)
  assert.equal((await world.task(task)).runner_id, narrow.id)
})

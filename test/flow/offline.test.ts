/** A runner whose link is down for longer than anybody wanted to wait. It goes on by itself meanwhile. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { openGate, waitAt } from '../kit/gate.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const many = 100_000
const files = {
  'flood.sh': `echo begun\n${waitAt('$1')}seq -f 'line %.0f' ${many}\n`,
  'long.sh': 'echo begun\nsleep 3600\n',
  'some.sh': `echo begun\n${waitAt('$1')}seq -f 'line %.0f' 500\nsleep 3600\n`,
}

let world: World
let proxy: FaultProxy
let runner: WorldRunner
before(async () => {
  world = await openWorld({
    files,
    runners: 0,
    server: { runners: { offline_timeout_sec: 5, task_fail_timeout_sec: 1 } },
  })
  proxy = await FaultProxy.start(world.mqttPort)
  runner = await world.addRunner({ runner: { mqtt_url: `mqtts://localhost:${proxy.port}` } })
  await runner.start()
})
after(async () => {
  await world.close()
  proxy.close()
})

/** A task of this script, begun and then cut off. Its template waits, however long it takes. */
async function cutOff(playbook: string, more: Record<string, unknown> = {}) {
  const gate = join(world.folder, `${playbook}.gate`)
  const template = await world.template({
    name: playbook,
    playbook,
    arguments: JSON.stringify([gate]),
    silence_policy: 'wait',
    ...more,
  })
  const task = await world.run(template)
  await world.printed(task, 'begun\n')
  const noticed = runner.next('disconnected')
  proxy.down()
  await noticed
  return { task, gate }
}

async function restoreLink(): Promise<void> {
  const back = runner.next('connected')
  proxy.up()
  await back
}

test('a task that ends after lease and grace is delivered whole, if its template says wait', async () => {
  const { task, gate } = await cutOff('flood.sh')
  const ended = runner.next('task ended', { task })
  await openGate(gate)
  await ended
  await world.until(task, ({ status }) => status === 'unreachable')
  await restoreLink()
  assert.equal((await world.finished(task)).status, 'success')
  const lines = (await world.log(task)).split('\n').filter((line) => line.startsWith('line '))
  assert.deepEqual(
    lines,
    Array.from({ length: many }, (_, index) => `line ${index + 1}`),
  )
})

test('a deadline holds while the runner is away, by its own clock', async () => {
  const { task } = await cutOff('long.sh', { max_task_duration_sec: 3 })
  // On a slow machine that may have been before the link was gone.
  await runner.logged('task ended', { task })
  await restoreLink()
  const { status, reason } = await world.finished(task)
  assert.equal(status, 'error')
  assert.equal(reason, 'ran longer than max_task_duration_sec allows: 3 s')
  assert.match(await world.log(task), /allows: 3 s\n$/)
})

test('a runner that dies while it is away reports that at its return, with the tail of the log', async () => {
  const { task, gate } = await cutOff('some.sh')
  await openGate(gate)
  await runner.spooled(task, 'line 500\n')
  await runner.end('SIGKILL')
  proxy.up()
  await runner.start()
  const { status, reason } = await world.finished(task)
  assert.equal(status, 'error')
  assert.match(reason, /^Interrupted/)
  assert.match(await world.log(task), /\nline 499\nline 500\nInterrupted: .*\n$/)
})

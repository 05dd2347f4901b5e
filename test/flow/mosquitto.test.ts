/**
 * The whole flow over a real Mosquitto, started from mosquitto.example.conf. It keeps nothing, so it may
 * lose everything at any time: what was running goes on, and every runner is known again.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { within } from '../kit/broker.ts'
import { openGate, waitAt } from '../kit/gate.ts'
import { type Mosquitto, skip, startMosquitto } from '../kit/mosquitto.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const files = {
  'count.sh': `count() { for ((i = $1; i <= $2; i++)); do echo "line $i"; done; }
count 1 500
${waitAt('$1')}count 501 1000
`,
}

test('over an external Mosquitto', { skip }, async (t) => {
  const mosquitto = await startMosquitto(t)
  const folder = await mkdtemp(join(tmpdir(), 'outstation-flow-'))
  t.after(() => rm(folder, { recursive: true }))
  const world = await openWorldAt(mosquitto, folder)
  t.after(() => world.close())
  const runner = world.runners[0] as WorldRunner
  const gate = (name: string) => join(world.folder, name)
  const start = async (name: string) => {
    const task = await world.script('count.sh', gate(name))
    await world.printed(task, 'line 500\n')
    return task
  }
  const expectWhole = async (task: number) => {
    const { status, attempt } = await world.finished(task)
    assert.deepEqual([status, attempt], ['success', 1])
    const lines = (await world.log(task)).split('\n').filter((line) => line.startsWith('line '))
    assert.deepEqual(lines, numbered(1000))
  }

  await t.test('a task runs; its log and result come back', async () => {
    const task = await start('first')
    await openGate(gate('first'))
    await expectWhole(task)
  })

  await t.test('a broker that is killed and forgets everything costs a reconnect', async () => {
    const task = await start('killed')
    const dropped = runner.next('disconnected')
    const back = runner.next('connected')
    await mosquitto.stop('SIGKILL')
    await dropped
    await openGate(gate('killed'))
    await runner.logged('task ended', { task })
    await mosquitto.wipe()
    await mosquitto.start()
    await back
    await expectWhole(task)
  })

  await t.test('a server that is killed and started again takes up what runs', async () => {
    const task = await start('restarted')
    await world.server.end('SIGKILL')
    await openGate(gate('restarted'))
    await runner.logged('task ended', { task })
    await world.server.start()
    // It was connected all the while: only the server knows that it has to say hello.
    await world.server.logged('runner connected', { runner: runner.id })
    await expectWhole(task)
  })

  await t.test('a runner removed over the API is cut off within a second', async () => {
    const dropped = runner.next('disconnected')
    const { status } = await world.api.delete(`/api/runners/${runner.id}`)
    assert.equal(status, 204)
    await within(1000, 'the end of its connection', dropped)
    await runner.logged('refused by the broker')
  })
})

async function openWorldAt(broker: Mosquitto, folder: string): Promise<World> {
  const [caFile, passwordFile] = [join(folder, 'ca.pem'), join(folder, 'password')]
  await writeFile(caFile, broker.ca)
  await writeFile(passwordFile, broker.password, { mode: 0o600 })
  const { url, username } = broker
  const external = { mode: 'external', url, username, ca_file: caFile, password_file: passwordFile }
  return openWorld({ files, authorities: broker.ca, server: { broker: external } })
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}`)
}

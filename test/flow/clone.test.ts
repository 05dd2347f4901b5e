/** Failure 17: two runners with one token. What the first one runs is not touched by the second. */
import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { commandLineOf } from '../kit/command-line.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { openGate, waitAt } from '../kit/gate.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const declined = 'declined by the server; it is asked again'
const files = {
  'count.sh': `echo begun\n${waitAt('$1')}for i in {1..2000}; do echo "line $i"; done\n`,
  'hello.sh': 'echo hello\n',
}

let world: World
let first: WorldRunner
let gates = 0
const alarms = async () => (await world.api.get(`/api/runners/${first.id}`)).json().alarms

async function open(server: Record<string, unknown> = {}): Promise<void> {
  world = await openWorld({ files, server })
  first = world.runners[0] as WorldRunner
}

/** A task that runs on the first, and what lets it go on. */
async function running(): Promise<{ task: number; gate: string }> {
  const gate = join(world.folder, `gate-${++gates}`)
  const task = await world.script('count.sh', gate)
  await world.printed(task, 'begun\n')
  return { task, gate }
}

async function expectWhole(task: number): Promise<void> {
  assert.equal((await world.finished(task)).status, 'success')
  const lines = (await world.log(task)).split('\n').filter((line) => line.startsWith('line '))
  assert.deepEqual(
    lines,
    Array.from({ length: 2000 }, (_, index) => `line ${index + 1}`),
  )
}

describe('a clone', () => {
  before(() => open())
  after(() => world.close())

  for (const { what, copied, told } of [
    { what: 'a second installation', copied: false, told: 'two installations use its token' },
    { what: 'a copy of its folder', copied: true, told: 'copies of one installation run' },
  ]) {
    test(`${what}: declined in one line, alarm, and the task of the first is whole`, async () => {
      const { task, gate } = await running()
      const second = await world.cloneRunner(first)
      if (copied) await first.copyStateTo(second)
      const [raised, back] = [world.server.next('runner alarm'), first.next('connected')]
      await second.start()
      const { reason } = await second.logged(declined)
      const name = `${hostname()} (127.0.0.1)`
      assert.equal(
        reason,
        `runner ${first.id} is in use on ${name}, and one token is for one installation; stop one of the two, or register this one anew`,
      )
      await back
      const { text, alarm } = await raised
      const wanted = `${told}: ${name} and ${name}; stop one of them, or register it anew`
      assert.deepEqual([alarm, text], ['cloned', wanted])
      assert.deepEqual(
        (await alarms()).map(({ kind, text }: never) => [kind, text]),
        [['cloned', wanted]],
      )
      const outstation = await commandLineOf(world)
      const odd = `- something is odd with runner ${first.id} '.*': two installations use the token of one runner`
      assert.match(
        await outstation('task', 'explain', String(task)),
        new RegExp(`^task ${task}: running\n- attempt 1 runs on .*\n${odd}\n$`),
      )
      await openGate(gate)
      await expectWhole(task)
      const next = await world.script('hello.sh')
      assert.equal((await world.finished(next)).status, 'success')
      assert.equal(second.events.filter(({ event }) => event === declined).length, 1)
      await second.end('SIGTERM')
      assert.equal((await world.api.delete(`/api/runners/${first.id}/alarms/cloned`)).status, 204)
    })
  }
})

describe('a machine that is replaced', () => {
  before(() => open({ runners: { offline_timeout_sec: 15 } }))
  after(() => world.close())

  test('the new one waits until the old one is surely gone, then has the runner', async (t) => {
    const { task } = await running()
    // It is up and only waits for its link, so that it comes well within the lease.
    const proxy = await FaultProxy.start(world.mqttPort)
    t.after(() => proxy.close())
    proxy.down()
    const mqtt_url = `mqtts://localhost:${proxy.port}`
    const second = await world.cloneRunner(first, { runner: { mqtt_url } })
    void second.launch()
    await second.logged('server not reached; trying on')
    await first.end('SIGKILL')
    proxy.up()
    await second.logged(declined)
    const { status, reason } = await world.finished(task)
    assert.equal(status, 'error')
    assert.match(reason, /moved to .*; what it ran before is lost/)
    const next = await world.script('hello.sh')
    assert.equal((await world.finished(next)).status, 'success')
    assert.deepEqual(await alarms(), [])
  })
})

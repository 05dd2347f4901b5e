/** A server that ends in order hands a whole fleet to the next one: no storm, no session lost. */
import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Welcome } from '../../broker/messages.ts'
import { systemClock } from '../../lib/clock.ts'
import type { JobEnd } from '../../runner/core/job-end.ts'
import { within } from '../kit/broker.ts'
import { type LightRunner, startLightRunner } from '../kit/light-runner.ts'
import { openWorld, type World } from '../kit/world.ts'
import { registrationToken } from '../kit/world-runner.ts'

const runners = 40
const returnsPerSec = 10
/** What that asks of each of them: to come back within so long, ms. */
const asked = (runners / returnsPerSec) * 1000
const patienceMs = 120_000

/** One of the fleet, as it saw it. By the monotonic clock of this process, ms. */
interface Member {
  connections: number
  /** The last one of its connection. */
  welcome: Welcome | undefined
  /** When the connection was lost, when it had tried once again, and when it was connected again. */
  lost: number
  tried: number
  back: number
}

let world: World
const fleet: Member[] = []
const running: LightRunner[] = []
/** Each ends a job well; until then it runs. */
const jobs: (() => void)[] = []
const well: JobEnd = {
  ...{ outcome: 'succeeded', exit_code: 0, signal: null },
  ...{ reason: null, commit_hash: null, commit_message: null },
}

before(async () => {
  const server = { runners: { reconnects_per_sec: returnsPerSec } }
  world = await openWorld({ runners: 0, files: { 'none.sh': '' }, server })
  const folder = await mkdtemp(join(world.folder, 'fleet-'))
  const { mqttPort: port, ca } = world
  const registered: { id: number; token: string }[] = []
  while (registered.length < runners) {
    const body = { registration_token: registrationToken, name: `r${registered.length}` }
    registered.push((await world.api.post('/api/internal/runners', body)).json())
  }
  for (const { id, token } of registered) {
    const member: Member = {
      ...{ connections: 0, welcome: undefined },
      ...{ lost: NaN, tried: NaN, back: NaN },
    }
    fleet.push(member)
    const tried = () => {
      if (Number.isNaN(member.tried)) member.tried = systemClock.monotonic()
    }
    const options = {
      ...{ id, token, port, ca, folder },
      runJob: () => new Promise<JobEnd>((resolve) => jobs.push(() => resolve(well))),
      onWelcome(welcome: Welcome) {
        member.welcome = welcome
      },
      onLost() {
        Object.assign(member, { lost: systemClock.monotonic(), tried: NaN, welcome: undefined })
      },
      onFailed: tried,
      onConnected() {
        tried()
        member.connections += 1
        member.back = systemClock.monotonic()
      },
    }
    running.push(startLightRunner(options))
  }
})
after(async () => {
  for (const end of jobs) end()
  await Promise.all(running.map((runner) => runner.close()))
  await world.close()
})

test('a fleet comes back over the time that the server asked for, in the sessions that it had', async () => {
  const template = await world.template({ playbook: 'none.sh' })
  for (let count = 0; count < runners; count += 1) await world.run(template)
  await within(patienceMs, 'their start', untilAll('running'))
  const before = fleet.map(({ welcome }) => welcome)
  assert.deepEqual([...new Set(before.map((welcome) => welcome?.reconnect_ms))], [asked])

  assert.equal(await within(20_000, 'the end', world.server.end('SIGTERM')), 0)
  await world.server.start()
  await within(patienceMs, 'the return of all', untilBack())
  assert.equal(world.server.events.filter(({ event }) => event === 'runner silent').length, 0)

  // Each draws its pause by itself: that of 40 not even five fall into a half of the time happens once in
  // ten million. A slow machine makes a try later, and so none earlier.
  const pauses = fleet.map(({ lost, tried }) => tried - lost)
  const late = pauses.filter((ms) => ms > asked / 2).length
  assert.ok(late >= 5, `first tries after ${pauses.map(Math.round).join(', ')} ms`)
  // Those whom the server was not there for yet wait anew, for up to twice that.
  const back = fleet.map(({ back }) => back).sort((a, b) => a - b)
  const densest = Math.max(...back.map((at) => back.filter((b) => b >= at && b < at + 500).length))
  assert.ok(densest <= runners / 2, `${densest} of ${runners} came within half a second`)
  const spread = (back.at(-1) ?? NaN) - (back[0] ?? NaN)
  assert.ok(spread > asked / 4, `all came within ${Math.round(spread)} ms`)

  for (const [index, { welcome }] of fleet.entries()) {
    assert.equal(welcome?.session, Number(before[index]?.session) + 1)
    assert.equal(welcome?.contested, false)
    const verdicts = welcome?.attempts.map(({ verdict }) => verdict)
    assert.deepEqual(verdicts, ['resume'], 'what it runs goes on')
  }
  for (const end of jobs) end()
  await within(patienceMs, 'their end', untilAll('success'))
  assert.ok((await list()).every(({ attempt }) => attempt === 1))
  assert.ok(
    fleet.every(({ connections }) => connections === 2),
    'each came back once',
  )
})

const list = async (): Promise<{ status: string; attempt: number }[]> =>
  (await world.api.get(`${world.project.path}/tasks`)).json()

async function untilAll(wanted: string): Promise<void> {
  while ((await list()).some(({ status }) => status !== wanted)) await systemClock.sleep(100)
}

/** Resolves when all were welcomed again; rejects if a task shows anything but `running` meanwhile. */
async function untilBack(): Promise<void> {
  for (let back = false; !back; await systemClock.sleep(200)) {
    back = fleet.every(({ welcome }) => welcome !== undefined)
    assert.deepEqual([...new Set((await list()).map(({ status }) => status))], ['running'])
  }
}

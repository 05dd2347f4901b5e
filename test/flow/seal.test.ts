/**
 * What the operator of a broker can do: he reads every topic of a real Mosquitto and says again whatever
 * he has heard. He finds no secret, and nothing runs that the server has not asked for.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Bus } from '../../broker/bus.ts'
import { connectBus } from '../../broker/bus-mqtt.ts'
import { outstation } from '../cli/outstation.ts'
import { type Mosquitto, skip, startMosquitto } from '../kit/mosquitto.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const files = { 'use.sh': 'echo "run" >> "$1"\necho "it is $DATABASE, $LETTERS"\n' }
const secrets = {
  DATABASE: randomBytes(12).toString('hex'),
  LETTERS: 'a pass phrase with "quotes" & more',
}

interface Heard {
  topic: string
  payload: Uint8Array
}

class Tap {
  readonly heard: Heard[] = []
  #bus: Bus | undefined

  async open({ url, ca, username, password }: Mosquitto): Promise<void> {
    const clientId = 'operator'
    await new Promise<void>((connected) => {
      this.#bus = connectBus(
        { urls: [url], ca, username, password, clientId, filters: ['outstation/v1/#'] },
        {
          onMessage: (topic, payload) => void this.heard.push({ topic, payload }),
          onConnect: () => connected(),
          onDisconnect() {},
          onRetry() {},
        },
      )
    })
  }

  say({ topic, payload }: Heard): Promise<void> {
    return this.#bus?.publish(topic, payload) ?? Promise.resolve()
  }

  async close(): Promise<void> {
    await this.#bus?.close()
  }
}

describe('the operator of a broker', { skip }, () => {
  const tap = new Tap()
  const ends: (() => Promise<unknown>)[] = []
  let world: World
  let runner: WorldRunner
  let template: number
  let runs: string

  before(async () => {
    const mosquitto = await startMosquitto({ after: (end) => void ends.unshift(async () => end()) })
    const folder = await mkdtemp(join(tmpdir(), 'outstation-seal-'))
    ends.unshift(() => rm(folder, { recursive: true }))
    world = await openWorldAt(mosquitto, folder)
    ends.unshift(() => world.close())
    runner = world.runners[0] as WorldRunner
    await tap.open(mosquitto)
    ends.unshift(() => tap.close())
    runs = join(world.folder, 'runs')
    await writeFile(runs, '')
    const environment_id = await world.create('environment', {
      name: 'E',
      json: '{}',
      env: '{}',
      secrets: Object.entries(secrets).map(([name, secret]) => {
        return { name, secret, type: 'env', operation: 'create' }
      }),
    })
    const argumentsText = JSON.stringify([runs])
    template = await world.template({
      playbook: 'use.sh',
      arguments: argumentsText,
      environment_id,
    })
  })
  after(async () => {
    for (const end of ends) await end()
  })

  const timesRun = async () => (await readFile(runs, 'utf8')).split('\n').length - 1
  const succeeds = async () => {
    const task = await world.run(template)
    assert.equal((await world.finished(task)).status, 'success')
  }
  /** The answer to what is said last shows that all before it was heard. */
  const replay = async (messages: readonly Heard[]) => {
    for (const message of messages) await tap.say(message)
    await succeeds()
  }
  const toRunner = () => tap.heard.filter(({ topic }) => /\/(tasks|acks)$/.test(topic))

  test('reads no secret, whatever it is written in', async () => {
    await succeeds()
    const wire = Buffer.concat(tap.heard.map(({ payload }) => Buffer.from(payload)))
    assert.ok(wire.includes('sealed-grant'), 'the tap heard the grant')
    assert.ok(wire.includes('"result'), 'and what the runner said')
    for (const secret of Object.values(secrets)) {
      for (const form of ['utf8', 'base64', 'base64url', 'hex'] as const) {
        assert.equal(wire.includes(Buffer.from(secret).toString(form)), false, `${secret} ${form}`)
      }
      assert.equal(wire.includes(JSON.stringify(secret).slice(1, -1)), false)
    }
  })

  test('says everything again, in order and out of it: nothing more runs', async () => {
    const before = await timesRun()
    await replay(toRunner())
    await replay(toRunner().reverse())
    assert.equal(await timesRun(), before + 2, 'only what was asked for over the API')
  })

  test('says everything again to a runner that was started anew: nothing more runs', async () => {
    const before = await timesRun()
    await runner.end('SIGTERM')
    const known = toRunner()
    await runner.start()
    await replay(known)
    assert.equal(await timesRun(), before + 1)
  })

  test('makes up a word of the server: one line in the log of the runner', async () => {
    const before = await timesRun()
    const offered = runner.next('message refused')
    const topic = `outstation/v1/runners/${runner.id}/tasks`
    const own = { v: 1, kind: 'confirm', task: 1, attempt: 1 }
    await tap.say({ topic, payload: Buffer.from(JSON.stringify(own)) })
    assert.match(String((await offered).reason), /confirm: not signed by its server/)
    assert.equal(await timesRun(), before)
  })

  test('keys are replaced on both sides while all runs, and no task notices', async () => {
    const before = (await world.api.get('/api/signing-key')).json()
    assert.equal((await world.api.post('/api/signing-key', {})).status, 201)
    assert.notEqual((await world.api.get('/api/signing-key')).json().id, before.id)
    await succeeds()
    const config = join(runner.folder, 'runner.json')
    const { code, stderr } = await outstation(['runner', 'rotate-keys', '--config', config])
    assert.deepEqual([code, stderr], [0, ''])
    await succeeds()
    await runner.end('SIGTERM')
    await runner.start()
    await succeeds()
  })
})

async function openWorldAt(mosquitto: Mosquitto, folder: string): Promise<World> {
  const file = (name: string) => join(folder, name)
  await writeFile(file('ca.pem'), mosquitto.ca)
  await writeFile(file('password'), mosquitto.password, { mode: 0o600 })
  return openWorld({
    files,
    authorities: mosquitto.ca,
    server: {
      broker: {
        mode: 'external',
        url: mosquitto.url,
        ca_file: file('ca.pem'),
        username: mosquitto.username,
        password_file: file('password'),
      },
      mqtt: { public_url: mosquitto.url },
    },
  })
}

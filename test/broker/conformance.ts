/**
 * What every broker under Outstation must do, whatever its make. It goes through the public contracts
 * alone: Credentials, the Bus, and a raw client for what a hostile runner would send.
 */
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import type { BusOptions } from '../../broker/bus-mqtt.ts'
import type { Credentials } from '../../broker/credentials.ts'
import {
  as,
  enter,
  type Message,
  rawClient,
  runner,
  runnerBus,
  testBus,
  topics,
  within,
} from '../kit/broker.ts'

export interface BrokerUnderTest {
  /** Where runners connect; `topics` of the kit are in force. */
  url: string
  ca: string
  /** How the server connects. */
  server: Pick<BusOptions, 'urls' | 'username' | 'password'> & Partial<BusOptions>
  credentials: Credentials
}

/** @param start starts a broker that knows no runner yet and ends with the test (`t.after`). */
export function brokerConformance(
  name: string,
  start: (t: TestContext) => Promise<BrokerUnderTest>,
  options: { skip?: string | false } = {},
): void {
  suite(`conformance: ${name}`, { skip: options.skip ?? false }, () => {
    test('a runner that was put in while running and the server reach each other', async (t) => {
      const { broker, server } = await serve(t)
      const one = runner(1)
      await broker.credentials.put(one)
      const mine = testBus(t, runnerBus(broker, one))
      await mine.connects.find(() => true)

      await mine.bus.publish(hello(1), 'from the runner')
      assert.equal((await server.messages.find(on(hello(1)))).text, 'from the runner')
      await mine.bus.publish(reply(1), 'a chunk')
      assert.equal((await server.messages.find(on(reply(1)))).text, 'a chunk')
      for (const channel of ['tasks', 'acks'] as const) {
        const topic = topics.of({ channel, runner: 1 })
        await server.bus.publish(topic, channel)
        assert.equal((await mine.messages.find(on(topic))).text, channel)
      }
    })

    test('messages of one runner arrive in the order of sending, presence included', async (t) => {
      const { broker, server } = await serve(t)
      const client = await enter(t, broker, runner(1))
      client.socket.cork()
      for (let n = 0; n < 50; n += 1) {
        void client.publish(presence(1), `presence ${n}`, { retain: true })
        void client.publish(hello(1), `hello ${n}`)
      }
      client.socket.uncork()
      await server.messages.find(({ text }) => text === 'hello 49')
      await server.messages.find(({ text }) => text === 'presence 49')
      assert.deepEqual(
        server.messages.all.map(({ text }) => text),
        Array.from({ length: 50 }, (_, n) => [`presence ${n}`, `hello ${n}`]).flat(),
      )
    })

    test('wrong credentials are refused', async (t) => {
      const { broker } = await serve(t)
      const one = runner(1)
      const two = runner(2)
      await broker.credentials.sync([one, two])
      const attempts = {
        'no credentials': { clientId: '1' },
        'a wrong token': as({ ...one, token: 'wrong' }),
        'an empty token': as({ ...one, token: '' }),
        'the hash instead of the token': as({ ...one, token: one.tokenHash }),
        "another runner's token": as({ ...one, token: two.token }),
        'an unknown runner': as(runner(3)),
        "another runner's client id": as(one, { clientId: '2' }),
        'an empty client id': as(one, { clientId: '' }),
        'a client id of its own making': as(one, { clientId: '1x' }),
        'the name of the server': as({ ...one }, { username: broker.server.username }),
      }
      for (const [what, packet] of Object.entries(attempts)) {
        const client = await rawClient(t, broker)
        assert.equal(await client.connect(packet), false, what)
      }
      const client = await rawClient(t, broker)
      assert.equal(await client.connect(as(one)), true)
    })

    test('a bus with a wrong token says that it is refused', async (t) => {
      const { broker } = await serve(t)
      await broker.credentials.put(runner(1))
      const { retries } = testBus(t, runnerBus(broker, runner(1)))
      const { reason } = await retries.find(({ refused }) => refused)
      assert.match(reason, /does not accept the credentials of "1"/)
    })

    test('a runner subscribes to its own two topics and to nothing else', async (t) => {
      const { broker } = await serve(t)
      const one = runner(1)
      await broker.credentials.sync([one, runner(2)])
      const forbidden = [
        topics.of({ channel: 'tasks', runner: 2 }),
        topics.of({ channel: 'acks', runner: 2 }),
        hello(1),
        hello(2),
        presence(2),
        `${topics.prefix}/runners/+/tasks`,
        `${topics.prefix}/runners/1/#`,
        `${topics.prefix}/runners/1/+`,
        `${topics.prefix}/replies/1/#`,
        `${topics.prefix}/#`,
        '#',
        '+/#',
        '$SYS/#',
        '$CONTROL/#',
        `$share/group/${topics.of({ channel: 'tasks', runner: 2 })}`,
        `$share/group/${topics.of({ channel: 'tasks', runner: 1 })}`,
      ]
      for (const filter of forbidden) {
        const client = await enter(t, broker, one)
        assert.equal(await client.subscribe(filter), false, filter)
      }
      const client = await enter(t, broker, one)
      assert.equal(await client.subscribe(...topics.runnerFilters(1)), true)
    })

    test('what a runner may not send reaches neither the server nor another runner', async (t) => {
      const { broker, server } = await serve(t)
      const one = runner(1)
      const two = runner(2)
      await broker.credentials.sync([one, two])
      const other = testBus(t, runnerBus(broker, two))
      await other.connects.find(() => true)
      const forbidden = [
        hello(2),
        presence(2),
        reply(2),
        topics.of({ channel: 'tasks', runner: 2 }),
        topics.of({ channel: 'acks', runner: 2 }),
        topics.of({ channel: 'tasks', runner: 1 }),
        `${topics.prefix}/runners/1/hello/more`,
        `${topics.prefix}/runners/01/hello`,
        '$SYS/broker/uptime',
      ]
      for (const topic of forbidden) {
        const client = await enter(t, broker, one)
        await client.publish(topic, 'forged')
        await client.publish(topic, 'forged and kept', { retain: true })
      }
      // What was forwarded by mistake would be here before these.
      await server.bus.publish(topics.of({ channel: 'tasks', runner: 2 }), 'genuine')
      await other.messages.find(({ text }) => text === 'genuine')
      await other.bus.publish(hello(2), 'genuine')
      await server.messages.find(({ text }) => text === 'genuine')
      assert.deepEqual(texts(other.messages.all), ['genuine'])
      assert.deepEqual(texts(server.messages.all), ['genuine'])
    })

    test('nothing that the server may not send is sent', async (t) => {
      const { broker, server } = await serve(t)
      const one = runner(1)
      await broker.credentials.put(one)
      const mine = testBus(t, runnerBus(broker, one))
      await mine.connects.find(() => true)
      const [before] = server.connects.all
      const answered = await server.bus.publish(hello(1), 'no hello').then(
        () => true,
        () => false,
      )
      if (!answered) await server.connects.find((nonce) => nonce !== before)
      await mine.bus.publish(hello(1), 'a hello')
      await server.messages.find(({ text }) => text === 'a hello')
      assert.deepEqual(texts(server.messages.all), ['a hello'])
    })

    test('remove closes the live connection within a second and refuses the next', async (t) => {
      const { broker } = await serve(t)
      const one = runner(1)
      const client = await enter(t, broker, one)
      const stays = await enter(t, broker, runner(2))
      await broker.credentials.remove(1)
      await within(1_000, 'the connection closed', client.closed)
      assert.equal(await (await rawClient(t, broker)).connect(as(one)), false)
      assert.equal(await stays.subscribe(...topics.runnerFilters(2)), true)
      await broker.credentials.remove(1)
    })

    test('a rotated token closes the live connection within a second', async (t) => {
      const { broker } = await serve(t)
      const before = runner(1)
      const after = runner(1)
      const client = await enter(t, broker, before)
      await broker.credentials.put(after)
      await within(1_000, 'the connection closed', client.closed)
      assert.equal(await (await rawClient(t, broker)).connect(as(before)), false)
      assert.equal(await (await rawClient(t, broker)).connect(as(after)), true)
    })

    test('sync removes who is not on the list and leaves the others connected', async (t) => {
      const { broker } = await serve(t)
      const [one, two, three] = [runner(1), runner(2), runner(3)]
      await broker.credentials.sync([one, two])
      const stays = await enter(t, broker, one)
      const goes = await enter(t, broker, two)
      await broker.credentials.sync([one, three])
      await within(1_000, 'the connection closed', goes.closed)
      assert.equal(await stays.subscribe(...topics.runnerFilters(1)), true)
      assert.equal(await (await rawClient(t, broker)).connect(as(two)), false)
      assert.equal(await (await rawClient(t, broker)).connect(as(three)), true)
    })

    test('a will comes when the connection is lost, and not after a goodbye', async (t) => {
      const { broker, server } = await serve(t)
      const one = runner(1)
      await broker.credentials.put(one)
      const will = { topic: presence(1), payload: 'lost', qos: 1 as const, retain: true }
      const leaves = await rawClient(t, broker)
      assert.equal(await leaves.connect(as(one, { will: { ...will, payload: 'left' } })), true)
      leaves.send({ cmd: 'disconnect' })
      await leaves.closed
      const drops = await rawClient(t, broker)
      assert.equal(await drops.connect(as(one, { will })), true)
      drops.socket.destroy()
      await server.messages.find(on(presence(1)))
      assert.deepEqual(texts(server.messages.all), ['lost'])
    })

    test('a will on any other topic never comes', async (t) => {
      const { broker, server } = await serve(t)
      const one = runner(1)
      await broker.credentials.sync([one, runner(2)])
      for (const topic of [presence(2), hello(2), reply(2), '$SYS/broker/uptime']) {
        const client = await rawClient(t, broker)
        const will = { topic, payload: 'forged', qos: 1 as const, retain: true }
        if (await client.connect(as(one, { will }))) client.socket.destroy()
        await client.closed
      }
      const client = await rawClient(t, broker)
      const will = { topic: presence(1), payload: 'genuine', qos: 1 as const, retain: true }
      assert.equal(await client.connect(as(one, { will })), true)
      client.socket.destroy()
      await server.messages.find(({ text }) => text === 'genuine')
      assert.deepEqual(texts(server.messages.all), ['genuine'])
    })

    test('each connection of a bus has a will with a nonce of its own', async (t) => {
      const { broker, server } = await serve(t)
      const one = runner(1)
      await broker.credentials.put(one)
      const will = (nonce: string) => ({ topic: presence(1), payload: nonce })
      const mine = testBus(t, runnerBus(broker, one, { will }))
      // A second connection throws the bus out. (A kick will not do: Mosquitto sends no will then.)
      const first = await mine.connects.find(() => true)
      await (await rawClient(t, broker)).connect(as(one))
      await server.messages.find(({ text }) => text === first)
      const second = await mine.connects.find((nonce) => nonce !== first)
      await (await rawClient(t, broker)).connect(as(one))
      await server.messages.find(({ text }) => text === second)
    })

    test('a bus that is closed says itself what its will would have said', async (t) => {
      const { broker, server } = await serve(t)
      const one = runner(1)
      await broker.credentials.put(one)
      const will = (nonce: string) => ({ topic: presence(1), payload: nonce })
      const mine = testBus(t, runnerBus(broker, one, { will }))
      const nonce = await mine.connects.find(() => true)
      await mine.bus.close()
      await server.messages.find(({ text }) => text === nonce)
      const later = testBus(t, serverBus(broker, 'server-later'))
      assert.equal((await later.messages.find(on(presence(1)))).text, nonce, 'it is retained')
    })

    test('a second connection of a runner closes the first', async (t) => {
      const { broker } = await serve(t)
      const one = runner(1)
      const first = await enter(t, broker, one)
      const second = await enter(t, broker, one)
      await first.closed
      assert.equal(await second.subscribe(...topics.runnerFilters(1)), true)
    })

    test('presence is kept for a server that comes later', async (t) => {
      const { broker } = await serve(t)
      const client = await enter(t, broker, runner(1))
      await client.publish(presence(1), 'here', { retain: true })
      const later = testBus(t, serverBus(broker, 'server-later'))
      assert.deepEqual(await later.messages.find(on(presence(1))), {
        topic: presence(1),
        text: 'here',
        retained: true,
      })
    })
  })

  async function serve(t: TestContext) {
    const broker = await start(t)
    const server = testBus(t, serverBus(broker, 'server-test'))
    await server.connects.find(() => true)
    return { broker, server }
  }
}

function serverBus(broker: BrokerUnderTest, clientId: string): BusOptions {
  return { clientId, filters: topics.serverFilters, ...broker.server }
}

const hello = (id: number) => topics.of({ channel: 'hello', runner: id })
const presence = (id: number) => topics.of({ channel: 'presence', runner: id })
const reply = (id: number) => topics.of({ channel: 'log', runner: id, task: 7, attempt: 1 })
const on = (topic: string) => (message: Message) => message.topic === topic
const texts = (messages: readonly Message[]) => messages.map(({ text }) => text)

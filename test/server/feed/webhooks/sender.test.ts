/** The sender against real receivers on loopback; the clock stands still unless a test moves it. */
import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import type { AddressInfo, LookupFunction } from 'node:net'
import { type TestContext, test } from 'node:test'
import { generate } from 'selfsigned'
import { Webhook } from 'standardwebhooks'
import { redeliver } from '../../../../server/store/deliveries.ts'
import { findWebhook, updateWebhook } from '../../../../server/store/webhooks.ts'
import { type Answer, answers, Receiver, verified } from '../../../kit/receiver.ts'
import { OutboxWorld, secret } from './outbox-world.ts'

async function setup(t: TestContext, ...planned: Answer[]) {
  const world = await OutboxWorld.open(t)
  const receiver = await Receiver.start(...planned)
  world.cleanup.defer(() => receiver.close())
  return { world, receiver }
}

const day = 24 * 3_600_000
const delivered = 'webhook delivered'
const failed = 'webhook not delivered'

test('a finished task is posted, signed, and noted as delivered', async (t) => {
  const { world, receiver } = await setup(t, answers.status(200, {}, 'thank\n you'))
  await world.addWebhook(receiver.url)
  world.sender()
  const task = await world.finishTask()
  await world.log.seen(delivered)
  const [received] = await receiver.has(1)
  assert.ok(received)
  const payload = verified(secret, received) as { type: string; data: { task_id: number } }
  assert.equal(payload.type, 'task.finished')
  assert.equal(payload.data.task_id, task)
  const [row] = await world.deliveries()
  assert.equal(received.body, row?.body)
  assert.equal(received.headers['webhook-id'], row?.message_id)
  assert.equal(received.headers['content-type'], 'application/json')
  assert.deepEqual(
    [row?.state, row?.tries, row?.last_status, row?.last_answer, row?.finished],
    ['delivered', 1, 200, 'thank you', world.clock.now()],
  )
})

test('a receiver that verifies with another secret refuses the message', async (t) => {
  const { world, receiver } = await setup(t)
  await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  const [received] = await receiver.has(1)
  assert.ok(received)
  const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
  assert.throws(() => verified(other, received), /No matching signature/)
  assert.throws(() => verified(secret, { ...received, body: `${received.body} ` }), /No matching/)
})

test('it is tried again with the same id and bytes, each time signed anew', async (t) => {
  const { world, receiver } = await setup(
    t,
    answers.status(500, {}, 'database away'),
    answers.drop,
    answers.status(204),
  )
  await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await world.log.seen(failed, 1)
  const [first] = await world.deliveries()
  assert.deepEqual(
    [first?.state, first?.tries, first?.last_status, first?.last_answer, first?.next_try],
    ['pending', 1, 500, 'database away', world.clock.now() + 5_000],
  )
  world.clock.advance(5_000)
  await world.log.seen(failed, 2)
  const [second] = await world.deliveries()
  assert.deepEqual([second?.last_status, second?.last_error], [null, 'socket hang up'])
  assert.equal(second?.next_try, world.clock.now() + 300_000)
  world.clock.advance(300_000)
  await world.log.seen(delivered)
  const received = await receiver.has(3)
  const times = received.map(({ headers, body }) => {
    const time = Number(headers['webhook-timestamp'])
    const id = String(headers['webhook-id'])
    const signature = new Webhook(secret).sign(id, new Date(time * 1000), body)
    assert.equal(headers['webhook-signature'], signature)
    assert.equal(id, first?.message_id)
    assert.equal(body, first?.body)
    return time
  })
  assert.equal((times[1] ?? 0) - (times[0] ?? 0), 5)
  assert.equal((times[2] ?? 0) - (times[1] ?? 0), 300)
})

test('ten tries in three days, then the webhook is switched off with the reason', async (t) => {
  const { world, receiver } = await setup(t, answers.status(500))
  const { id } = await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  const began = world.clock.now()
  for (let tries = 1; tries < 10; tries += 1) {
    await world.log.seen(failed, tries)
    const [row] = await world.deliveries()
    world.clock.advance((row?.next_try ?? 0) - world.clock.now())
  }
  await world.log.seen('webhook switched off')
  assert.equal(receiver.received.length, 10)
  assert.equal(Math.round((world.clock.now() - began) / 3_600_000), 76)
  const webhook = await findWebhook(world.store.read, world.project, id)
  assert.equal(webhook?.active, false)
  assert.equal(
    webhook?.disabled_reason,
    '10 tries failed, the last one: expected a 2xx status, got 500',
  )
  await world.finishTask()
  assert.equal((await world.deliveries()).length, 1)
})

test('a message that alone is refused does not switch off a webhook that works', async (t) => {
  const { world, receiver } = await setup(t, answers.status(500), answers.status(204))
  const { id } = await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await world.log.seen(failed)
  world.clock.advance(1_000)
  await world.finishTask()
  await world.log.seen(delivered)
  receiver.answer(answers.status(500))
  await world.store.commit(({ db }) => db('deliveries').where('tries', 1).update({ tries: 9 }))
  world.clock.advance(10_000)
  await world.log.seen(failed, 2)
  const [row] = await world.deliveries()
  assert.equal(row?.state, 'failed')
  assert.equal((await findWebhook(world.store.read, world.project, id))?.active, true)
})

test('410 Gone switches the webhook off at once', async (t) => {
  const { world, receiver } = await setup(t, answers.status(410))
  const { id } = await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await world.log.seen('webhook switched off')
  const webhook = await findWebhook(world.store.read, world.project, id)
  assert.deepEqual(
    [webhook?.active, webhook?.disabled_reason],
    [false, 'the receiver answered 410 Gone'],
  )
})

test('Retry-After puts off everything for that receiver, and nothing for others', async (t) => {
  const later = answers.status(429, { 'retry-after': '900' })
  const { world, receiver } = await setup(t, answers.status(500), later, answers.status(204))
  await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await world.log.seen(failed, 1)
  await world.finishTask()
  await world.log.seen(failed, 2)
  const due = (await world.deliveries()).map(({ next_try }) => next_try)
  assert.deepEqual(due, Array(2).fill(world.clock.now() + 900_000))
  const other = await Receiver.start()
  world.cleanup.defer(() => other.close())
  await world.addWebhook(other.url)
  await world.finishTask()
  await world.log.seen(delivered, 2)
  assert.equal(other.received.length, 1)
  world.clock.advance(900_000)
  await world.log.seen(delivered, 4)
})

test('a redirect is a failure and is not followed', async (t) => {
  const { world, receiver } = await setup(t, answers.status(302, { location: '/elsewhere' }))
  await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await world.log.seen(failed)
  assert.deepEqual(
    receiver.received.map(({ path }) => path),
    ['/hook'],
  )
  const [row] = await world.deliveries()
  assert.match(row?.last_error ?? '', /got 302: redirects are not followed/)
})

test('a receiver that hangs is given up after the timeout and holds up no other', async (t) => {
  const { world, receiver: hanging } = await setup(t, answers.hang)
  const working = await Receiver.start()
  world.cleanup.defer(() => working.close())
  await world.addWebhook(hanging.url)
  await world.addWebhook(working.url)
  const sender = world.sender()
  for (let task = 0; task < 10; task += 1) await world.finishTask()
  await world.log.seen(delivered, 10)
  assert.equal((await hanging.has(4)).length, 4)
  assert.equal(sender.doing(), '4 under way')
  hanging.answer(answers.status(204))
  world.clock.advance(15_000)
  await world.log.seen(failed, 4)
  const late = (await world.deliveries()).filter(({ last_error }) => last_error !== null)
  assert.deepEqual(
    late.map(({ last_error, state }) => [last_error, state]),
    Array(4).fill(['no answer within 15 s', 'pending']),
  )
  await world.log.seen(delivered, 16)
})

test('many hanging at once are no reason for Node to warn of a leak', async (t) => {
  const { world, receiver } = await setup(t, answers.hang)
  for (let webhook = 0; webhook < 4; webhook += 1) await world.addWebhook(receiver.url)
  const warnings: Error[] = []
  const note = (warning: Error) => warnings.push(warning)
  process.on('warning', note)
  t.after(() => process.off('warning', note))
  const sender = world.sender()
  for (let task = 0; task < 4; task += 1) await world.finishTask()
  await receiver.has(16)
  assert.equal(sender.doing(), '16 under way')
  await sender.close()
  assert.deepEqual(warnings, [])
})

test('200 counts even if the rest of the answer is lost', async (t) => {
  const { world, receiver } = await setup(t, answers.breakOff(200))
  await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await world.log.seen(delivered)
  const [row] = await world.deliveries()
  assert.deepEqual([row?.state, row?.last_answer], ['delivered', 'half of'])
})

test('of an endless answer little is read and less is kept', async (t) => {
  const gigabyte = 1024 ** 3
  let taken = gigabyte
  const { world, receiver } = await setup(
    t,
    answers.flood(gigabyte, (sent) => {
      taken = sent
    }),
  )
  await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await world.log.seen(delivered)
  await receiver.idle()
  assert.ok(taken < gigabyte / 50, `${taken} bytes were taken`)
  const [row] = await world.deliveries()
  assert.equal(row?.last_answer?.length, 500)
})

test('https is spoken, and a certificate that nobody vouches for is refused', async (t) => {
  const world = await OutboxWorld.open(t)
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
  })
  const server = createServer({ cert, key }, () => assert.fail('a request came through'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.cleanup.defer(() => server.close())
  await world.addWebhook(`https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`)
  world.sender()
  await world.finishTask()
  await world.log.seen(failed)
  const [row] = await world.deliveries()
  assert.equal(row?.last_error, 'self-signed certificate')
})

test('no receiver there: the error says so, and the next try is planned', async (t) => {
  const { world, receiver } = await setup(t)
  await world.addWebhook(receiver.url)
  await receiver.close()
  world.sender()
  await world.finishTask()
  await world.log.seen(failed)
  const [row] = await world.deliveries()
  assert.match(row?.last_error ?? '', /^connect ECONNREFUSED 127\.0\.0\.1:\d+$/)
  assert.equal(row?.state, 'pending')
})

const guarded = { allow_private_addresses: false, timeout_sec: 15 }
const refused =
  /is a private address; use a public one, or set webhooks\.allow_private_addresses in the server/

test('loopback is refused unless it is allowed', async (t) => {
  const { world, receiver } = await setup(t)
  await world.addWebhook(receiver.url)
  world.sender({ webhooks: guarded })
  await world.finishTask()
  await world.log.seen(failed)
  const [row] = await world.deliveries()
  assert.match(row?.last_error ?? '', refused)
  assert.equal(receiver.received.length, 0)
})

test('a name that answers with another address each time is checked where it connects', async (t) => {
  const { world, receiver } = await setup(t)
  await world.addWebhook(`http://rebind.test:${receiver.port}/hook`)
  const asked: string[] = []
  const rebinding: LookupFunction = (name, _options, callback) => {
    asked.push(name)
    callback(null, [{ address: '127.0.0.1', family: 4 }])
  }
  const open = world.sender({ lookup: rebinding })
  await world.finishTask()
  await world.log.seen(delivered)
  assert.equal(receiver.received.length, 1)
  assert.deepEqual(asked, ['rebind.test'])
  await open.close()
  world.sender({ lookup: rebinding, webhooks: guarded })
  await world.finishTask()
  await world.log.seen(failed)
  const [, row] = await world.deliveries()
  assert.match(row?.last_error ?? '', /^rebind\.test /)
  assert.match(row?.last_error ?? '', refused)
  assert.equal(receiver.received.length, 1)
  assert.deepEqual(asked, ['rebind.test', 'rebind.test'])
})

test('what a stopped sender had under way, the next one sends at once, with the same id', async (t) => {
  const { world, receiver } = await setup(t, answers.hang, answers.status(204))
  await world.addWebhook(receiver.url)
  const first = world.sender()
  await world.finishTask()
  await receiver.has(1)
  await first.close()
  await first.close()
  const [row] = await world.deliveries()
  assert.deepEqual(
    [row?.state, row?.next_try, row?.last_error],
    ['pending', world.clock.now(), 'the server was stopped while it was being sent'],
  )
  await world.reopen()
  world.sender()
  await world.log.seen(delivered)
  const [before, after] = await receiver.has(2)
  assert.equal(after?.headers['webhook-id'], before?.headers['webhook-id'])
  assert.equal(after?.body, before?.body)
})

test('what a killed sender had under way is due again when its lease ends', async (t) => {
  const { world, receiver } = await setup(t)
  await world.addWebhook(receiver.url)
  await world.finishTask()
  const lease = world.clock.now() + 30_000
  await world.store.commit(({ db }) => db('deliveries').update({ tries: 1, next_try: lease }))
  await world.reopen()
  const sender = world.sender()
  assert.equal(sender.doing(), 'waiting for the next delivery')
  world.clock.advance(30_000)
  await world.log.seen(delivered)
  const [row] = await world.deliveries()
  assert.deepEqual([row?.tries, receiver.received.length], [2, 1])
})

test('enqueued by a clock that was a day ahead, it is sent once the clock is right', async (t) => {
  const { world, receiver } = await setup(t)
  await world.addWebhook(receiver.url)
  world.clock.set(day)
  await world.finishTask()
  world.clock.set(-day)
  world.sender()
  await receiver.has(1)
  await world.log.seen(delivered)
})

test('a wait that a clock counted which was set back since is over', async (t) => {
  const { world, receiver } = await setup(t, answers.status(500), answers.status(204))
  await world.addWebhook(receiver.url)
  world.clock.set(day)
  const sender = world.sender()
  await world.finishTask()
  await world.log.seen(failed)
  await sender.close()
  world.clock.set(-day)
  world.sender()
  await receiver.has(2)
  await world.log.seen(delivered)
})

test('what is being sent while the clock is set back is not sent a second time', async (t) => {
  const held: Parameters<Answer>[0][] = []
  const { world, receiver } = await setup(t, (response) => held.push(response))
  await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await receiver.has(1)
  world.clock.set(-day)
  const other = await world.finishTask()
  const [first, second] = await receiver.has(2)
  assert.notEqual(first?.headers['webhook-id'], second?.headers['webhook-id'])
  assert.equal(JSON.parse(second?.body ?? '').data.task_id, other)
  for (const response of held) response.writeHead(204).end()
  await world.log.seen(delivered, 2)
  assert.equal(receiver.received.length, 2)
})

test('what was enqueued while no sender ran is sent by the next one', async (t) => {
  const { world, receiver } = await setup(t)
  await world.addWebhook(receiver.url)
  await world.finishTask()
  await world.reopen()
  world.sender()
  await receiver.has(1)
  await world.log.seen(delivered)
})

test('redelivered, a message comes again with the id that it had', async (t) => {
  const { world, receiver } = await setup(t)
  const { id } = await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await world.log.seen(delivered)
  const [row] = await world.deliveries()
  assert.ok(row)
  await world.store.commit((tx) => redeliver(tx, id, row.id, world.clock.now()))
  await world.log.seen(delivered, 2)
  const ids = (await receiver.has(2)).map(({ headers }) => headers['webhook-id'])
  assert.deepEqual(ids, [row.message_id, row.message_id])
})

test('switched off while it is being sent: it stays failed, unless it arrives after all', async (t) => {
  const held: Parameters<Answer>[0][] = []
  const { world, receiver } = await setup(t, (response) => held.push(response))
  const { id } = await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await receiver.has(1)
  await world.store.commit((tx) => updateWebhook(tx, id, { active: false }, world.clock.now()))
  assert.equal((await world.deliveries())[0]?.state, 'failed')
  held[0]?.writeHead(204).end()
  await world.log.seen(delivered)
  assert.equal((await world.deliveries())[0]?.state, 'delivered')
})

test("a runner's webhook is posted unsigned and no task minds its failure", async (t) => {
  const { world, receiver } = await setup(t, answers.status(503))
  await world.store.commit(({ db }) => db('runners').update({ webhook: receiver.url }))
  world.sender()
  const task = await world.endedTask()
  await world.tellRunner('finish', task)
  for (let tries = 1; tries <= 4; tries += 1) {
    await world.log.seen(failed, tries)
    const [row] = await world.deliveries()
    world.clock.advance((row?.next_try ?? world.clock.now()) - world.clock.now())
  }
  const [received] = await receiver.has(4)
  assert.equal(received?.headers['webhook-signature'], undefined)
  assert.equal(JSON.parse(received?.body ?? '').action, 'finish')
  const [row] = await world.deliveries()
  assert.deepEqual([row?.state, row?.tries, row?.last_status], ['failed', 4, 503])
  assert.equal((await world.store.read('tasks').first()).status, 'success')
})

test('a secret that no longer opens fails the delivery with the reason, not the sender', async (t) => {
  const { world, receiver } = await setup(t)
  await world.addWebhook(receiver.url, { secret: world.cipher.seal('webhook/999', secret) })
  await world.addWebhook(receiver.url)
  world.sender()
  await world.finishTask()
  await world.log.seen(failed)
  await world.log.seen(delivered)
  const [row] = await world.deliveries()
  assert.match(row?.last_error ?? '', /^access_key_encryption: expected the key that sealed/)
})

test('finished deliveries are forgotten after thirty days', async (t) => {
  const { world, receiver } = await setup(t)
  await world.addWebhook(receiver.url)
  const first = world.sender()
  await world.finishTask()
  await world.log.seen(delivered)
  await first.close()
  world.clock.advance(31 * 24 * 3_600_000)
  world.sender()
  await world.finishTask()
  await world.log.seen(delivered, 2)
  assert.equal((await world.deliveries()).length, 1)
})

test('while the database is paused nothing is sent, and then all of it', async (t) => {
  const { world, receiver } = await setup(t, answers.status(200))
  await world.addWebhook(receiver.url)
  await world.finishTask()
  await world.fillDisk()
  const sender = world.sender()
  await new Promise(setImmediate)
  assert.equal(sender.doing(), 'waiting for the next delivery')
  await world.makeRoom()
  await world.log.seen(delivered)
  await receiver.has(1)
  assert.deepEqual(
    world.log.events.map(({ event }) => event),
    [
      'paused: the database cannot be written; nothing is taken until it can',
      'resumed: the database is written again',
      delivered,
    ],
  )
})

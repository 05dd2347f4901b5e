import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  deleteWebhook,
  findWebhook,
  listWebhooks,
  switchOffWebhook,
  updateWebhook,
} from '../../../server/store/webhooks.ts'
import { OutboxWorld, secret } from '../feed/webhooks/outbox-world.ts'

test('a webhook is found in its own project only', async (t) => {
  const world = await OutboxWorld.open(t)
  const webhook = await world.addWebhook('https://a.example/')
  assert.deepEqual(await findWebhook(world.store.read, world.project, webhook.id), webhook)
  assert.equal(await findWebhook(world.store.read, world.project + 1, webhook.id), undefined)
  assert.deepEqual(await listWebhooks(world.store.read, world.project), [webhook])
  assert.deepEqual(webhook.events, ['task.finished'])
  assert.equal(webhook.active, true)
})

test('its secret is not in the database in clear', async (t) => {
  const world = await OutboxWorld.open(t)
  await world.addWebhook('https://a.example/')
  const [row] = await world.store.read('webhooks')
  assert.ok(row.secret.length > 40)
  assert.ok(!JSON.stringify(row).includes(secret.slice(6, 20)))
})

test('switched off, its pending deliveries fail with the reason; on again, the reason goes', async (t) => {
  const world = await OutboxWorld.open(t)
  const { id } = await world.addWebhook('https://a.example/')
  await world.finishTask()
  await world.store.commit((tx) => switchOffWebhook(tx, id, 'gone', 5))
  const off = await findWebhook(world.store.read, world.project, id)
  assert.deepEqual([off?.active, off?.disabled_reason], [false, 'gone'])
  const [row] = await world.deliveries()
  assert.deepEqual(
    [row?.state, row?.last_error, row?.finished],
    ['failed', 'the webhook was switched off: gone', 5],
  )
  await world.store.commit((tx) => updateWebhook(tx, id, { active: true }, 6))
  const on = await findWebhook(world.store.read, world.project, id)
  assert.deepEqual([on?.active, on?.disabled_reason], [true, null])
})

test('an update changes what it names', async (t) => {
  const world = await OutboxWorld.open(t)
  const webhook = await world.addWebhook('https://a.example/')
  await world.store.commit((tx) => updateWebhook(tx, webhook.id, { name: 'Pager', events: [] }, 6))
  assert.deepEqual(await findWebhook(world.store.read, world.project, webhook.id), {
    ...webhook,
    name: 'Pager',
    events: [],
  })
})

test('deleted, it takes its deliveries with it', async (t) => {
  const world = await OutboxWorld.open(t)
  const { id } = await world.addWebhook('https://a.example/')
  await world.finishTask()
  await world.store.commit((tx) => deleteWebhook(tx, id))
  assert.deepEqual(await world.deliveries(), [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  enqueueTaskFinished,
  enqueueTest,
  listDeliveries,
  redeliver,
} from '../../../server/store/deliveries.ts'
import { OutboxWorld } from '../feed/webhooks/outbox-world.ts'

test('a finished task is one delivery for each active webhook that asks for it', async (t) => {
  const world = await OutboxWorld.open(t)
  const first = await world.addWebhook('https://a.example/')
  const second = await world.addWebhook('https://b.example/')
  await world.addWebhook('https://off.example/', { active: false })
  await world.addWebhook('https://deaf.example/', { events: [] })
  const task = await world.finishTask()
  const rows = await world.deliveries()
  assert.deepEqual(
    rows.map(({ webhook_id, task_id, event, state, tries }) => [
      webhook_id,
      task_id,
      event,
      state,
      tries,
    ]),
    [
      [first.id, task, 'task.finished', 'pending', 0],
      [second.id, task, 'task.finished', 'pending', 0],
    ],
  )
  assert.notEqual(rows[0]?.message_id, rows[1]?.message_id)
  assert.match(rows[0]?.message_id ?? '', /^msg_[A-Za-z0-9_-]+$/)
})

test('the body says how the task ended', async (t) => {
  const world = await OutboxWorld.open(t)
  await world.addWebhook('https://a.example/')
  const reason = 'ansible-playbook: exit status 2'
  const task = await world.finishTask({ status: 'error', exit_code: 2, reason, attempt: 3 })
  const now = world.clock.now()
  const [row] = await world.deliveries()
  assert.deepEqual(JSON.parse(row?.body ?? ''), {
    type: 'task.finished',
    timestamp: new Date(now).toISOString(),
    data: {
      task_id: task,
      project_id: world.project,
      project_name: 'Plant',
      template_id: world.template,
      template_name: 'Backup',
      status: 'error',
      attempt: 3,
      runner_id: world.runner,
      runner_name: 'shed',
      user_id: null,
      exit_code: 2,
      reason,
      message: 'nightly',
      commit_hash: null,
      commit_message: null,
      created: new Date(now - 3000).toISOString(),
      start: new Date(now - 2000).toISOString(),
      end: new Date(now).toISOString(),
    },
  })
})

test('the body stays under 20 kB and valid UTF-8 whatever people wrote', async (t) => {
  const world = await OutboxWorld.open(t)
  await world.addWebhook('https://a.example/')
  await world.store.commit(async ({ db }) => {
    for (const table of ['projects', 'templates', 'runners']) {
      await db(table).update({ name: '\u0001'.repeat(255) })
    }
  })
  const worst = '\u0001'.repeat(50_000)
  await world.finishTask({ message: worst, reason: worst, commit_message: worst })
  await world.finishTask({ message: `a${'😀'.repeat(50_000)}` })
  const [controls, smiles] = (await world.deliveries()).map(({ body }) => Buffer.from(body))
  assert.ok(controls && controls.length < 20_000, `${controls?.length} bytes`)
  assert.ok(smiles?.includes('😀…') && !smiles.includes('\uFFFD'))
})

test('told twice, a task is still delivered once, with the bytes of the first time', async (t) => {
  const world = await OutboxWorld.open(t)
  await world.addWebhook('https://a.example/')
  const woken: number[] = []
  world.store.changes.listen(
    ({ kind }) => kind === 'delivery' && woken.push(1),
    new AbortController().signal,
  )
  const task = await world.finishTask()
  const before = await world.deliveries()
  world.clock.advance(1000)
  await world.store.commit((tx) => enqueueTaskFinished(tx, task, world.clock.now()))
  assert.deepEqual(await world.deliveries(), before)
  assert.equal(woken.length, 1)
})

test('a transaction that fails leaves no delivery behind', async (t) => {
  const world = await OutboxWorld.open(t)
  await world.addWebhook('https://a.example/')
  const task = await world.endedTask()
  const commit = world.store.commit(async (tx) => {
    await enqueueTaskFinished(tx, task, world.clock.now())
    throw new Error('the log is not complete')
  })
  await assert.rejects(commit, /the log is not complete/)
  assert.deepEqual(await world.deliveries(), [])
})

test('a task that is not final is refused', async (t) => {
  const world = await OutboxWorld.open(t)
  const task = await world.endedTask({ status: 'running' })
  await assert.rejects(
    world.store.commit((tx) => enqueueTaskFinished(tx, task, world.clock.now())),
    { code: 'internal', message: `task ${task}: expected a final status, got running` },
  )
})

test("a runner's webhook gets Semaphore's payload, and the status", async (t) => {
  const world = await OutboxWorld.open(t)
  await world.store.commit(({ db }) => db('runners').update({ webhook: 'http://boot.example/' }))
  const task = await world.endedTask({ status: 'starting', attempt: 2 })
  await world.tellRunner('start', task)
  await world.tellRunner('start', task)
  const [row, ...more] = await world.deliveries()
  assert.deepEqual(more, [])
  assert.equal(row?.url, 'http://boot.example/')
  assert.equal(row?.webhook_id, null)
  assert.deepEqual(JSON.parse(row?.body ?? ''), {
    action: 'start',
    project_id: world.project,
    task_id: task,
    template_id: world.template,
    runner_id: world.runner,
    status: 'starting',
    attempt: 2,
  })
  assert.deepEqual(
    await listDeliveries(world.store.read, { runner_id: world.runner }, { limit: 10 }),
    await world.deliveries(),
  )
})

test('a start that was not delivered yet never follows its finish', async (t) => {
  const world = await OutboxWorld.open(t)
  await world.store.commit(({ db }) => db('runners').update({ webhook: 'http://boot.example/' }))
  const task = await world.endedTask()
  await world.tellRunner('start', task)
  await world.tellRunner('finish', task)
  assert.deepEqual(
    (await world.deliveries()).map(({ event, state, last_error }) => [event, state, last_error]),
    [
      ['runner.start', 'failed', 'the task finished first'],
      ['runner.finish', 'pending', null],
    ],
  )
})

test('no runner, or one without a webhook: nothing to send', async (t) => {
  const world = await OutboxWorld.open(t)
  await world.tellRunner('finish', await world.endedTask())
  await world.tellRunner('finish', await world.endedTask({ runner_id: null }))
  assert.deepEqual(await world.deliveries(), [])
})

test('redeliver sends the same message again, of its own webhook only', async (t) => {
  const world = await OutboxWorld.open(t)
  const webhook = await world.addWebhook('https://a.example/')
  await world.finishTask()
  const [row] = await world.deliveries()
  assert.ok(row)
  await world.store.commit(({ db }) =>
    db('deliveries').update({ state: 'failed', tries: 10, next_try: null, finished: 5 }),
  )
  const now = world.clock.now()
  const other = await world.store.commit((tx) => redeliver(tx, webhook.id + 1, row.id, now))
  assert.equal(other, undefined)
  const again = await world.store.commit((tx) => redeliver(tx, webhook.id, row.id, now))
  assert.deepEqual(again, { ...row, state: 'pending', tries: 0, next_try: now })
})

test('a test message can be asked for again and again', async (t) => {
  const world = await OutboxWorld.open(t)
  const webhook = await world.addWebhook('https://a.example/')
  const ask = () => world.store.commit((tx) => enqueueTest(tx, webhook, world.clock.now()))
  const [first, second] = [await ask(), await ask()]
  assert.notEqual(first.message_id, second.message_id)
  assert.deepEqual(JSON.parse(first.body).data, {
    webhook_id: webhook.id,
    project_id: world.project,
    name: 'Chat',
  })
})

/** Webhooks over the API, up to a message that a real receiver verifies. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startSender } from '../../../../server/feed/webhooks/sender.ts'
import { type Api, startApi } from '../../../kit/api.ts'
import type { Body, Client } from '../../../kit/http.ts'
import { Receiver, verified } from '../../../kit/receiver.ts'

let api: Api
let admin: Client
before(async () => {
  api = await startApi()
  admin = api.admin
})
after(() => api.close())

async function newProject(name: string): Promise<string> {
  const project = await admin.post('/api/projects', { name })
  return `/api/project/${project.json().id}/webhooks`
}

const chat = { name: 'Chat', url: 'https://chat.example/hook' }

async function create(path: string, body: object = chat): Promise<Body> {
  const answer = await admin.post(path, body)
  assert.equal(answer.status, 201, answer.text)
  return answer.json()
}

test('the secret is made, shown at creation and never again', async () => {
  const path = await newProject('secret')
  const { secret, created, ...shown } = await create(path)
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  assert.ok(Date.parse(created) > 0)
  assert.deepEqual(shown, {
    id: shown.id,
    project_id: shown.project_id,
    ...chat,
    events: ['task.finished'],
    active: true,
    disabled_reason: null,
  })
  const since = api.seen.length
  assert.deepEqual((await admin.get(`${path}/${shown.id}`)).json(), { ...shown, created })
  assert.deepEqual((await admin.get(path)).json(), [{ ...shown, created }])
  await admin.put(`${path}/${shown.id}`, { ...shown, name: 'Pager' })
  await admin.get(`${path}/${shown.id}/deliveries`)
  const seen = api.seen.slice(since).join()
  assert.ok(!seen.includes(secret.slice(6)) && !seen.includes('secret'))
})

test('a secret may be given, and replaced by an update that names a new one', async () => {
  const path = await newProject('given')
  const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
  const webhook = await create(path, { ...chat, secret })
  assert.equal(webhook.secret, secret)
  const sealed = async () => (await api.context.store.read('webhooks').where({ id: webhook.id }))[0]
  const before = (await sealed()).secret
  assert.equal((await admin.put(`${path}/${webhook.id}`, { name: 'Same' })).status, 204)
  assert.equal((await sealed()).secret, before)
  const other = `whsec_${Buffer.alloc(24, 2).toString('base64')}`
  assert.equal((await admin.put(`${path}/${webhook.id}`, { secret: other })).status, 204)
  assert.notEqual((await sealed()).secret, before)
})

test('an update changes what it names; deleted is gone', async () => {
  const path = await newProject('update')
  const { id } = await create(path)
  const off = { active: false, url: 'https://other.example/' }
  assert.equal((await admin.put(`${path}/${id}`, off)).status, 204)
  const shown = (await admin.get(`${path}/${id}`)).json()
  assert.deepEqual([shown.name, shown.url, shown.active], ['Chat', off.url, false])
  assert.equal((await admin.delete(`${path}/${id}`)).status, 204)
  assert.equal((await admin.get(`${path}/${id}`)).status, 404)
  assert.deepEqual((await admin.get(path)).json(), [])
})

test('what cannot be a webhook is refused in one line', async () => {
  const path = await newProject('bad')
  const table: [body: object, error: RegExp][] = [
    [{ url: chat.url }, /^name: expected a value/],
    [{ ...chat, url: 'chat.example' }, /^url: expected https:\/\/HOST\/PATH, got no URL$/],
    [{ ...chat, url: 'ftp://chat.example/' }, /^url: expected http: or https:, got ftp:$/],
    [{ ...chat, url: 'https://u:hunter2@chat.example/' }, /^url: expected no user and password/],
    [{ ...chat, url: 'http://127.0.0.1/' }, /^127\.0\.0\.1 is a private address; use a public/],
    [{ ...chat, url: 'http://chat.example:25/' }, /got 25$/],
    [{ ...chat, events: ['task.eaten'] }, /^events\.0: expected "task\.finished"/],
    [{ ...chat, events: [] }, /^events: /],
    [{ ...chat, secret: 'hunter2' }, /^secret: expected whsec_ and 24 to 64 bytes as base64/],
  ]
  const { id } = await create(path)
  for (const [body, error] of table) {
    const answer = await admin.post(path, body)
    assert.equal(answer.status, 400, answer.text)
    assert.match(answer.json().error, error)
    assert.ok(!answer.text.includes('hunter2') && !answer.text.includes('\\n'), answer.text)
    if ('name' in body) assert.equal((await admin.put(`${path}/${id}`, body)).status, 400)
  }
})

test('a project has only so many', async () => {
  const path = await newProject('many')
  for (let count = 0; count < 3; count += 1) await create(path)
  const answer = await admin.post(path, chat)
  assert.equal(answer.status, 409)
  assert.match(answer.json().error, /^expected at most 3 webhooks in a project/)
})

test('only managers see webhooks, for their addresses may be secrets; others see no project', async () => {
  const path = await newProject('roles')
  const { id } = await create(path)
  const { client: nobody } = await api.user('nobody')
  const guest = await api.user('guest')
  const users = path.replace('/webhooks', '/users')
  await admin.post(users, { user_id: guest.id, role: 'task_runner' })
  for (const url of [path, `${path}/${id}`, `${path}/${id}/deliveries`]) {
    assert.equal((await api.stranger.get(url)).status, 401)
    assert.equal((await nobody.get(url)).status, 404)
    assert.equal((await guest.client.get(url)).status, 403)
  }
  const other = await newProject('other')
  for (const url of [`${other}/${id}`, `${other}/${id}/deliveries`]) {
    assert.equal((await admin.get(url)).status, 404)
  }
  assert.equal((await guest.client.get('/api/runners/1/deliveries')).status, 403)
  assert.deepEqual((await admin.get('/api/runners/1/deliveries')).json(), [])
})

test('a test message arrives, is shown, and comes again with the same id on demand', async (t) => {
  const path = await newProject('test')
  const receiver = await Receiver.start()
  t.after(() => receiver.close())
  const { id, secret } = await create(path)
  // Named by the database, as the API refuses loopback here.
  await api.context.store.commit(({ db }) =>
    db('webhooks').where({ id }).update({ url: receiver.url }),
  )
  const { store, cipher, clock, log } = api.context
  const webhooks = { allow_private_addresses: true, timeout_sec: 15 }
  const sender = startSender({ store, cipher, clock, log, webhooks, random: () => 0 })
  t.after(() => sender.close())

  const asked = await admin.post(`${path}/${id}/test`)
  assert.equal(asked.status, 202)
  const [received] = await receiver.has(1)
  assert.ok(received)
  assert.equal((verified(secret, received) as Body).type, 'webhook.test')
  assert.equal(received.headers['webhook-id'], asked.json().message_id)

  const [shown] = (await admin.get(`${path}/${id}/deliveries`)).json()
  assert.deepEqual(Object.keys(shown).sort(), Object.keys(asked.json()).sort())
  assert.equal(shown.body, undefined)
  const again = await admin.post(`${path}/${id}/deliveries/${shown.id}/redeliver`)
  assert.equal(again.status, 202)
  const [, repeated] = await receiver.has(2)
  assert.equal(repeated?.headers['webhook-id'], shown.message_id)
  assert.equal((await admin.post(`${path}/${id}/deliveries/999/redeliver`)).status, 404)
})

test('nothing is sent to a webhook that is off', async () => {
  const path = await newProject('off')
  const { id } = await create(path, { ...chat, active: false })
  const answer = await admin.post(`${path}/${id}/test`)
  assert.equal(answer.status, 409)
  assert.match(answer.json().error, /is switched off; switch it on first/)
})

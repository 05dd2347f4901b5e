/** A start that is sent again, since nobody knows whether the first one arrived. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { startKeyMs } from '../../../server/store/start-keys.ts'
import { type Api, startApi } from '../../kit/api.ts'
import type { Client } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
let offset = 0
before(async () => {
  api = await startApi({ clock: { ...systemClock, now: () => Date.now() + offset } })
  project = await makeProject(api.admin, 'p')
})
after(() => api.close())

function start(key: string, body: object = {}, client: Client = api.admin, of = project) {
  const keyed = client.with({ 'idempotency-key': key })
  return keyed.post(`${of.path}/tasks`, { template_id: of.template, ...body })
}
const count = async () => Number((await api.context.store.read('tasks').count('* as n').first())?.n)

test('the same again is the same task, as it is now, and one event', async () => {
  const before = await count()
  const first = await start('a-1', { message: 'once' })
  assert.equal(first.status, 201)
  await api.admin.post(`${project.path}/tasks/${first.json().id}/stop`)
  const again = await start('a-1', { message: 'once' })
  assert.deepEqual([again.status, again.json().id], [201, first.json().id])
  assert.deepEqual([again.json().status, again.json().user_name], ['stopped', 'admin'])
  assert.equal((await start('"a-1"', { message: 'once' })).json().id, first.json().id, 'in quotes')
  assert.equal(await count(), before + 1)
  const told = await api.context.store.read('events').where({ object_id: first.json().id })
  assert.equal(told.filter(({ description }) => /started/.test(description)).length, 1)
})

test('sent many times at once, one is started', async () => {
  const before = await count()
  const answers = await Promise.all(Array.from({ length: 8 }, () => start('b-1')))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
  assert.equal(new Set(answers.map((answer) => answer.json().id)).size, 1)
  assert.equal(await count(), before + 1)
})

test('another body by the same key is refused, and starts nothing', async () => {
  const { id } = (await start('c-1', { message: 'one' })).json()
  const before = await count()
  const other = await start('c-1', { message: 'two' })
  assert.equal(other.status, 422)
  const error = `Idempotency-Key: it has started task ${id}, by another request`
  assert.equal(other.json().error, error)
  assert.equal(await count(), before)
})

test('a key is that of its user, its project and its day; without one each start counts', async () => {
  const { id } = (await start('d-1')).json()
  const ids = new Set([id])
  const another = await makeProject(api.admin, 'q')
  ids.add((await start('d-1', {}, api.admin, another)).json().id)
  const { id: eve, client } = await api.user('eve')
  await api.admin.post(`${project.path}/users`, { user_id: eve, role: 'task_runner' })
  ids.add((await start('d-1', {}, client)).json().id)
  for (let time = 0; time < 2; time += 1) {
    const body = { template_id: project.template }
    ids.add((await api.admin.post(`${project.path}/tasks`, body)).json().id)
  }
  offset = startKeyMs - 60_000
  assert.equal((await start('d-1')).json().id, id)
  offset = startKeyMs + 60_000
  ids.add((await start('d-1')).json().id)
  assert.equal(ids.size, 6)
  const rows = await api.context.store.read('start_keys')
  assert.equal(rows.length, 1, 'those that are too old are gone')
  offset = 0
})

test('a task that was deleted is not started anew', async () => {
  const { id } = (await start('e-1')).json()
  await api.admin.post(`${project.path}/tasks/${id}/stop`)
  await api.admin.delete(`${project.path}/tasks/${id}`)
  const again = await start('e-1')
  assert.equal(again.status, 409)
  const error = `Idempotency-Key: task ${id}, which it has started, was deleted`
  assert.equal(again.json().error, error)
})

test('a refused start may be sent again once it is right; keys of odd shape are named', async () => {
  assert.equal((await start('f-1', { inventory_id: 999 })).status, 400)
  assert.equal((await start('f-1')).status, 201)
  for (const key of ['', ' ', 'a b', 'é', 'x'.repeat(256)]) {
    const answer = await start(key)
    assert.equal(answer.status, 400, key)
    assert.match(answer.json().error, /^idempotency-key: expected /)
  }
})

test('neither the key nor what was asked for is kept', async () => {
  await start('g-secret-key', { message: 'g-secret-text' })
  const rows = JSON.stringify(await api.context.store.read('start_keys'))
  assert.doesNotMatch(rows, /secret/)
})

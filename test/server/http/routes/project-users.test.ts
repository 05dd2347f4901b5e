import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../../kit/api.ts'
import { makeProject, type Project } from '../../../kit/project.ts'

let api: Api
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
})
after(() => api.close())

const noOwner = 'this is the last owner of the project; make another member owner first'

test('members come, get another role, are sorted and go', async () => {
  const { admin } = api
  const { id: zoe } = await api.user('zoe')
  await api.user('bob')
  const path = `${project.path}/users`
  assert.equal((await admin.post(path, { user_id: zoe, role: 'guest' })).status, 204)
  assert.equal((await admin.post(path, { username: 'bob', role: 'manager' })).status, 204)
  assert.equal((await admin.post(path, { username: 'nobody', role: 'guest' })).status, 400)
  assert.equal((await admin.post(path, { role: 'guest' })).status, 400)
  const names = async (query: string) =>
    (await admin.get(`${path}?${query}`))
      .json()
      .map(({ username }: { username: string }) => username)
  assert.deepEqual(await names(''), ['admin', 'bob', 'zoe'])
  assert.deepEqual(await names('sort=email&order=desc'), ['zoe', 'bob', 'admin'])
  assert.deepEqual(await names('sort=role&order=asc'), ['zoe', 'bob', 'admin'])
  assert.equal((await admin.get(`${path}?sort=password`)).status, 400)

  assert.equal((await admin.put(`${path}/${zoe}`, { role: 'task_runner' })).status, 204)
  const shown = (await admin.get(path)).json().at(-1)
  const fields = { username: 'zoe', name: 'zoe', email: 'zoe@example.org', role: 'task_runner' }
  assert.deepEqual(shown, { id: zoe, ...fields })
  assert.equal((await admin.delete(`${path}/${zoe}`)).status, 204)
  assert.equal((await admin.delete(`${path}/${zoe}`)).status, 404)
  assert.equal((await admin.put(`${path}/${zoe}`, { role: 'guest' })).status, 404)
})

test('the last owner stays one; who is none leaves', async () => {
  const { path } = await makeProject(api.admin, 'owned')
  const { id: admin } = (await api.admin.get('/api/user')).json()
  const tries = [
    api.admin.delete(`${path}/me`),
    api.admin.delete(`${path}/users/${admin}`),
    api.admin.put(`${path}/users/${admin}`, { role: 'manager' }),
    api.admin.post(`${path}/users`, { user_id: admin, role: 'guest' }),
  ]
  for (const answer of await Promise.all(tries)) {
    assert.deepEqual([answer.status, answer.json().error], [409, noOwner])
  }
  const { id, client } = await api.user('heir')
  assert.equal((await client.delete(`${path}/me`)).status, 404)
  await api.admin.post(`${path}/users`, { user_id: id, role: 'owner' })
  assert.equal((await client.get(`${path}/role`)).json().role, 'owner')
  assert.equal((await api.admin.delete(`${path}/me`)).status, 204)
  assert.equal((await api.admin.delete(`${path}/me`)).status, 404)
  assert.deepEqual((await client.delete(`${path}/me`)).json().error, noOwner)
})

test('two owners who leave at once do not leave the project alone', async () => {
  const { path } = await makeProject(api.admin, 'left')
  const { id, client } = await api.user('second')
  await api.admin.post(`${path}/users`, { user_id: id, role: 'owner' })
  const answers = await Promise.all([api.admin.delete(`${path}/me`), client.delete(`${path}/me`)])
  assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409])
})

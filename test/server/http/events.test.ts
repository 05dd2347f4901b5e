import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import { viewEvents } from '../../kit/events.ts'
import { makeProject } from '../../kit/project.ts'

let api: Api
before(async () => {
  api = await startApi()
})
after(() => api.close())

async function viewer(login: string, admin: boolean) {
  const { client, id } = await api.user(login, admin)
  const authorization = `Bearer ${(await client.post('/api/user/tokens')).json().id}`
  const headers = { authorization, accept: 'text/event-stream' }
  const view = await viewEvents(`${api.base}/api/events`, api.ca, headers)
  return { id, view, next: async () => (await view.events.next()).value }
}

test('each viewer is told what concerns them, and nothing else', async () => {
  const mine = await makeProject(api.admin, 'mine')
  const other = await makeProject(api.admin, 'other')
  const ann = await viewer('ann', true)
  const bob = await viewer('bob', false)
  await api.admin.post(`${mine.path}/users`, { user_id: bob.id, role: 'guest' })

  const started = (path: string, template: number) =>
    api.admin.post(`${path}/tasks`, { template_id: template }).then((answer) => answer.json().id)
  const hidden = await started(other.path, other.template)
  const hiddenTask = { tasks: [{ id: hidden, project_id: other.id }], runners: [] }
  assert.deepEqual((await ann.next()).data, hiddenTask)
  const shown = await started(mine.path, mine.template)
  const task = { tasks: [{ id: shown, project_id: mine.id }], runners: [] }
  assert.deepEqual((await ann.next()).data, task)
  assert.deepEqual(await bob.next(), { event: 'changes', id: undefined, data: task })

  const { id } = (await api.admin.post('/api/runners', { name: 'r' })).json()
  assert.deepEqual((await ann.next()).data, { tasks: [], runners: [{ id }] })
  const later = await started(mine.path, mine.template)
  assert.deepEqual((await bob.next()).data.tasks, [{ id: later, project_id: mine.id }])
  ann.view.leave()
  bob.view.leave()
})

test('a user who is removed is told nothing more', async () => {
  const { view, id } = await viewer('carl', true)
  assert.equal((await api.admin.delete(`/api/users/${id}`)).status, 204)
  await api.admin.post('/api/runners', { name: 'another' })
  assert.deepEqual(await view.rest(), [])
})

test('strangers have no events', async () => {
  assert.equal((await api.stranger.get('/api/events')).status, 401)
})

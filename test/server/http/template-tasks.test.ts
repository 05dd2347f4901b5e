/** The tasks of a template, and what refers to what. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import type { Body } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
})
after(() => api.close())

async function create(kind: string, body: object): Promise<number> {
  const answer = await api.admin.post(`${project.path}/${kind}`, body)
  assert.equal(answer.status, 201, answer.text)
  return answer.json().id
}

const get = async (path: string): Promise<Body> => (await api.admin.get(project.path + path)).json()

test('tasks of one template, newest first, and its last in every list', async () => {
  const other = await create('templates', {
    name: 'Other',
    playbook: 'x.yml',
    repository_id: project.repository,
  })
  assert.equal((await get(`/templates/${other}`)).last_task, null)
  const first = await create('tasks', { template_id: other })
  const second = await create('tasks', { template_id: other })
  for (const end of ['tasks', 'tasks/last']) {
    const tasks: Body[] = await get(`/templates/${other}/${end}`)
    assert.deepEqual(
      tasks.map(({ id }) => id),
      [second, first],
    )
    assert.equal((await get(`/templates/${other}/${end}?limit=1`)).length, 1)
    assert.equal((await api.admin.get(`${project.path}/templates/9999/${end}`)).status, 404)
  }
  assert.equal((await get(`/templates/${other}`)).last_task.id, second)
  const templates: Body[] = await get('/templates')
  assert.deepEqual(
    templates.map(({ name, last_task }) => [name, last_task.id]),
    [
      ['Hello', project.task],
      ['Other', second],
    ],
  )
})

test('stop_all_tasks stops what is open of this template alone', async () => {
  const path = `${project.path}/templates/${project.template}/stop_all_tasks`
  const one = await create('tasks', { template_id: project.template })
  const { store } = api.context
  await store.commit(({ db }) => db('tasks').where({ id: one }).update({ status: 'success' }))
  const two = await create('tasks', { template_id: project.template })
  const others = await store.read('tasks').whereNot({ template_id: project.template })
  assert.equal((await api.admin.post(path)).status, 204)
  const status = async (id: number) => (await get(`/tasks/${id}`)).status
  assert.deepEqual([await status(one), await status(two)], ['success', 'stopped'])
  for (const task of others) assert.equal(await status(task.id), 'waiting')
  assert.equal((await api.admin.post(path, { force: true })).status, 204, 'nothing to stop')
  assert.equal((await api.admin.post(path, { force: 'x' })).status, 400)
})

test('refs: what stands in the way of deleting', async () => {
  const none = {
    templates: [],
    inventories: [],
    repositories: [],
    schedules: [],
    integrations: [],
    access_keys: [],
  }
  const templates = [
    { id: project.template, name: 'Hello' },
    { id: (await get('/templates'))[1].id, name: 'Other' },
  ]
  assert.deepEqual(await get(`/keys/${project.key}/refs`), {
    ...none,
    repositories: [{ id: project.repository, name: 'Scripts' }],
    inventories: [{ id: project.inventory, name: 'Hosts' }],
  })
  assert.deepEqual(await get(`/repositories/${project.repository}/refs`), { ...none, templates })
  const [hello] = templates
  for (const path of [`/inventory/${project.inventory}`, `/environment/${project.environment}`]) {
    assert.deepEqual(await get(`${path}/refs`), { ...none, templates: [hello] })
    const answer = await api.admin.delete(project.path + path)
    assert.equal(answer.status, 409)
    assert.match(answer.json().error, /is in use by template Hello$/)
  }
  assert.deepEqual(await get(`/templates/${project.template}/refs`), {
    ...none,
    schedules: [{ id: project.schedule, name: 'Nightly' }],
  })
  assert.equal((await api.admin.get(`${project.path}/keys/9999/refs`)).status, 404)
})

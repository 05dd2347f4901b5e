/** A person's word for a task that waits for it: Semaphore's confirm and reject. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Confirmation, TaskStatus } from '../../../broker/states.ts'
import type { Change } from '../../../server/store/changes.ts'
import { type Api, startApi } from '../../kit/api.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
})
after(() => api.close())

/** A task that stands so. @returns its path */
async function newTask(status: TaskStatus, confirmation: Confirmation): Promise<string> {
  const { json } = await api.admin.post(`${project.path}/tasks`, { template_id: project.template })
  const { id } = json()
  await api.context.store.commit(async ({ db }) => {
    const row = { task_id: id, attempt: 1, runner_id: 1, phase: 'started', offered: 1 }
    await db('attempts').insert({ ...row, confirmation })
    await db('tasks').where({ id }).update({ status, attempt: 1 })
  })
  return `${project.path}/tasks/${id}`
}

const statusOf = async (path: string) => (await api.admin.get(path)).json().status

test('confirmed: 204, the word is committed and told', async (t) => {
  const path = await newTask('waiting_confirmation', 'open')
  const told: Change[] = []
  const over = new AbortController()
  t.after(() => over.abort())
  api.context.store.changes.listen((change) => told.push(change), over.signal)
  assert.equal((await api.admin.post(`${path}/confirm`)).status, 204)
  assert.equal(await statusOf(path), 'confirmed')
  const task = Number(path.split('/').at(-1))
  const said = told.filter(({ kind }) => kind === 'answer')
  assert.deepEqual(said, [{ kind: 'answer', task, attempt: 1, runner: 1, confirmed: true }])
  assert.equal((await api.admin.post(`${path}/confirm`, {})).status, 204, 'said twice')
  const late = await api.admin.post(`${path}/reject`, {})
  assert.equal(late.status, 409)
  assert.match(late.json().error, /^task \d+ is confirmed: it does not wait for a decision$/)
})

test('rejected: 204', async () => {
  const path = await newTask('waiting_confirmation', 'open')
  assert.equal((await api.admin.post(`${path}/reject`, {})).status, 204)
  assert.equal(await statusOf(path), 'rejected')
})

test('while its runner is away', async () => {
  const path = await newTask('unreachable', 'open')
  assert.equal((await api.admin.post(`${path}/confirm`, {})).status, 204)
  assert.equal(await statusOf(path), 'unreachable')
})

test('what does not wait, and what is not there', async () => {
  const path = await newTask('running', '')
  const { status, json } = await api.admin.post(`${path}/confirm`, {})
  assert.equal(status, 409)
  assert.match(json().error, /^task \d+ is running: it does not wait for a decision$/)
  assert.equal((await api.admin.post(`${project.path}/tasks/999/reject`, {})).status, 404)
  assert.equal((await api.stranger.post(`${path}/confirm`, {})).status, 401)
})

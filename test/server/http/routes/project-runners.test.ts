/** The runners of a project, in the hands of who manages it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { putProjectUser } from '../../../../server/store/project-users.ts'
import { updateRunner } from '../../../../server/store/runners.ts'
import { type Api, startApi } from '../../../kit/api.ts'
import type { Client } from '../../../kit/http.ts'
import { makeProject, type Project } from '../../../kit/project.ts'

let api: Api
let project: Project
let other: Project
let manager: Client
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
  other = await makeProject(api.admin, 'other')
  const { id, client } = await api.user('manager')
  await api.context.store.commit((tx) => putProjectUser(tx, project.id, id, 'manager'))
  manager = client
})
after(() => api.close())

test('a runner of the project from its making to its end', async () => {
  const runners = `${project.path}/runners`
  const made = await manager.post(runners, { name: 'own', max_parallel_tasks: 3, tags: ['edge'] })
  assert.equal(made.status, 201)
  const { token, ...runner } = made.json()
  assert.match(token, /^osr_/)
  assert.equal(runner.project_id, project.id)
  const one = `${runners}/${runner.id}`
  assert.deepEqual((await manager.get(one)).json(), runner)
  assert.equal((await manager.put(one, { name: 'new', project_id: project.id })).status, 204)
  assert.equal((await manager.post(`${one}/active`, { active: false })).status, 204)
  const { name, active, tags } = (await api.admin.get(`/api/runners/${runner.id}`)).json()
  assert.deepEqual([name, active, tags], ['new', false, ['edge']])
  assert.notEqual((await manager.post(`${one}/token`)).json().token, token)
  assert.equal((await manager.delete(one)).status, 204)
  assert.equal((await manager.get(one)).status, 404)
})

test('a project sees its own and the general ones with tags, and changes only its own', async () => {
  const create = async (body: object) => (await api.admin.post('/api/runners', body)).json().id
  const own = await create({ project_id: project.id })
  const theirs = await create({ project_id: other.id, tags: ['edge'] })
  const tagged = await create({ tags: ['edge'], webhook: 'https://hook.example/secret' })
  const plain = await create({})
  const listed = (await manager.get(`${project.path}/runners`)).json()
  assert.deepEqual(
    listed.map(({ id, webhook }: { id: number; webhook: string }) => [id, webhook]),
    [
      [own, ''],
      [tagged, ''],
    ],
  )
  for (const id of [theirs, tagged, plain]) {
    const one = `${project.path}/runners/${id}`
    const answers = [
      await manager.get(one),
      await manager.put(one, { name: 'mine now' }),
      await manager.post(`${one}/active`, { active: false }),
      await manager.post(`${one}/token`),
      await manager.post(`${one}/registration-token`),
      await manager.delete(one),
    ]
    assert.deepEqual(
      answers.map(({ status, json }) => [status, json().error]),
      answers.map(() => [404, `runner ${id}: not found`]),
    )
  }
  const away = await manager.put(`${project.path}/runners/${own}`, { project_id: other.id })
  assert.equal(away.status, 400)
  assert.match(away.json().error, /^project_id: expected \d+ as in the path/)
  const made = await manager.post(`${project.path}/runners`, { project_id: 0 })
  assert.equal(made.json().project_id, project.id)
})

test('what is running on it, and for how much more it has room', async () => {
  const { store } = api.context
  const { id } = (await manager.post(`${project.path}/runners`, { max_parallel_tasks: 3 })).json()
  const load = async () => {
    const { running_tasks, free_slots } = (
      await manager.get(`${project.path}/runners/${id}`)
    ).json()
    return [running_tasks, free_slots]
  }
  assert.deepEqual(await load(), [0, 3])
  const row = { task_id: project.task, runner_id: id, offered: 1 }
  await store.commit(async ({ db }) => {
    await db('attempts').insert({ ...row, attempt: 1, phase: 'ended' })
    await db('attempts').insert({ ...row, attempt: 2, phase: 'started' })
  })
  assert.deepEqual(await load(), [1, 2])
  await store.commit((tx) => updateRunner(tx, id, { own_limit: 1 }))
  assert.deepEqual(await load(), [1, 0])
  await store.commit((tx) => updateRunner(tx, id, { own_limit: 0, max_parallel_tasks: 0 }))
  assert.deepEqual(await load(), [1, null])
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import type { Body } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
let all: string
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
  all = `${project.path}/views`
})
after(() => api.close())

async function create(body: object): Promise<Body> {
  const answer = await api.admin.post(all, body)
  assert.equal(answer.status, 201, answer.text)
  return answer.json()
}

async function titles(): Promise<string[]> {
  return (await api.admin.get(all)).json().map((view: Body) => view.title)
}

async function template(name: string, view_id: number | null): Promise<number> {
  const body = { name, playbook: 'x.yml', repository_id: project.repository, view_id }
  const answer = await api.admin.post(`${project.path}/templates`, body)
  assert.equal(answer.json().view_id, view_id, answer.text)
  return answer.json().id
}

test('made, ordered, changed', async () => {
  const build = await create({ title: 'Build', project_id: project.id })
  assert.deepEqual(build, {
    id: build.id,
    project_id: project.id,
    title: 'Build',
    position: 1,
    hidden: false,
    type: '',
    sort_column: null,
    sort_reverse: false,
  })
  const tools = await create({ title: 'A tool' })
  assert.deepEqual(await titles(), ['Daily', 'Build', 'A tool'])
  const order = { [tools.id]: 0, [build.id]: 1, [project.view]: 2 }
  assert.equal((await api.admin.post(`${all}/positions`, order)).status, 204)
  assert.deepEqual(await titles(), ['A tool', 'Build', 'Daily'])
  const change = { id: build.id, project_id: project.id, title: 'Builds', sort_column: 'name' }
  assert.equal((await api.admin.put(`${all}/${build.id}`, change)).status, 204)
  const changed = (await api.admin.get(`${all}/${build.id}`)).json()
  assert.deepEqual(changed, { ...build, title: 'Builds', sort_column: 'name' })
})

test('an order that names what is not there changes nothing', async () => {
  const before = await titles()
  const other = await makeProject(api.admin, 'other')
  for (const id of [9999, other.view]) {
    const answer = await api.admin.post(`${all}/positions`, { [project.view]: 0, [id]: 5 })
    assert.equal(answer.status, 404)
    assert.equal(answer.json().error, `view ${id}: not found`)
  }
  for (const wrong of [{ x: 1 }, { '1': -1 }, { '1': 'x' }, [1], { '0': 1 }]) {
    assert.equal((await api.admin.post(`${all}/positions`, wrong)).status, 400)
  }
  assert.deepEqual(await titles(), before)
})

test('its templates, and all of them; they outlive it', async () => {
  const view = await create({ title: 'Deploys', sort_column: 'name', sort_reverse: true })
  const one = await template('one', view.id)
  const two = await template('two', view.id)
  const free = await template('free', null)
  const ids = async (id: number) =>
    (await api.admin.get(`${all}/${id}/templates`)).json().map((row: Body) => row.id)
  assert.deepEqual(await ids(view.id), [two, one])
  const everything = await create({ title: 'All', type: 'all' })
  assert.ok((await ids(everything.id)).includes(free))
  assert.equal((await api.admin.get(`${all}/9999/templates`)).status, 404)

  assert.equal((await api.admin.delete(`${all}/${view.id}`)).status, 204)
  const left = (await api.admin.get(`${project.path}/templates/${one}`)).json()
  assert.equal(left.view_id, null)
})

test('what cannot be is refused', async () => {
  for (const body of [
    {},
    { title: '' },
    { title: 'x', type: 'some' },
    { title: 'x', sort_column: 'secret' },
    { title: 'x', position: -1 },
  ]) {
    assert.equal((await api.admin.post(all, body)).status, 400, JSON.stringify(body))
  }
})

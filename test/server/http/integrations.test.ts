/** Integrations as people make them; what knocks is integration-receiver.test.ts. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import type { Body } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
let all: string
let password: number
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
  all = `${project.path}/integrations`
  const key = {
    name: 'Hook',
    type: 'login_password',
    login_password: { login: 'l', password: 'p' },
  }
  password = (await api.admin.post(`${project.path}/keys`, key)).json().id
})
after(() => api.close())

async function create(path: string, body: object, status = 201): Promise<Body> {
  const answer = await api.admin.post(path, body)
  assert.equal(answer.status, status, answer.text)
  return answer.json()
}

async function refused(path: string, body: object, error: RegExp): Promise<void> {
  const answer = await api.admin.post(path, body)
  assert.equal(answer.status, 400, answer.text)
  assert.match(answer.json().error, error)
}

test('an integration: made, read, changed, deleted, and what it refers to is in use', async () => {
  const body = { name: 'push', template_id: project.template }
  const made = await create(all, { ...body, project_id: project.id })
  assert.deepEqual(made, {
    id: made.id,
    project_id: project.id,
    name: 'push',
    template_id: project.template,
    auth_method: 'none',
    auth_secret_id: null,
    auth_header: '',
    searchable: false,
    task_params: null,
  })
  const one = `${all}/${made.id}`
  const changed = { ...made, auth_method: 'token', auth_secret_id: password, auth_header: 'X-T' }
  assert.equal((await api.admin.put(one, changed)).status, 204)
  assert.deepEqual((await api.admin.get(one)).json(), changed)
  const keyInUse = await api.admin.delete(`${project.path}/keys/${password}`)
  assert.equal(keyInUse.json().error, 'access key Hook is in use by integration push')
  const refs = (await api.admin.get(`${project.path}/templates/${project.template}/refs`)).json()
  assert.deepEqual(refs.integrations, [{ id: made.id, name: 'push' }])
  assert.equal((await api.admin.delete(one)).status, 204)
  assert.equal((await api.admin.get(one)).status, 404)
})

test('what cannot let anybody in is refused', async () => {
  const body = { name: 'x', template_id: project.template }
  const withKey = { ...body, auth_secret_id: password }
  await refused(all, { ...body, template_id: 9999 }, /^template_id: expected an id of this project/)
  await refused(
    all,
    { ...body, auth_method: 'magic' },
    /^auth_method: expected "", "none", "token"/,
  )
  await refused(
    all,
    { ...body, auth_method: 'github' },
    /^auth_secret_id: expected a key of type lo/,
  )
  await refused(
    all,
    { ...body, auth_method: 'basic', auth_secret_id: project.key },
    /^auth_secret_id: expected a key of type login_password for basic, got one of type none$/,
  )
  await refused(all, { ...withKey, auth_method: 'hmac' }, /^auth_header: expected the name of a/)
  await refused(all, { ...body, auth_secret_id: 9999 }, /^auth_secret_id: expected an id of this/)
  await refused(all, { ...body, task_params: { environment: '[' } }, /^task_params\.environment: /)
})

test('matchers and values', async () => {
  const { id } = await create(all, { name: 'parts', template_id: project.template })
  const matcher = {
    name: 'branch',
    match_type: 'body',
    method: 'equals',
    body_data_type: 'json',
    key: 'ref',
    value: 'refs/heads/main',
  }
  const made = await create(`${all}/${id}/matchers`, matcher, 200)
  assert.deepEqual(made, { id: made.id, integration_id: id, ...matcher })
  const value = { name: 'who', value_source: 'header', key: 'X-Who', variable: 'who' }
  const extracted = await create(`${all}/${id}/values`, value)
  assert.equal(extracted.variable_type, 'environment')
  for (const [path, part, change] of [
    ['matchers', made, { ...matcher, method: 'contains' }],
    ['values', extracted, { ...value, variable: 'branch' }],
  ] as const) {
    const one = `${all}/${id}/${path}/${part.id}`
    assert.deepEqual((await api.admin.get(one)).json(), part)
    assert.equal((await api.admin.put(one, change)).status, 204)
    assert.deepEqual((await api.admin.get(`${all}/${id}/${path}`)).json(), [{ ...part, ...change }])
    const other = await create(all, { name: 'other', template_id: project.template })
    for (const method of ['GET', 'DELETE']) {
      const answer = await api.admin.send(method, `${all}/${other.id}/${path}/${part.id}`)
      assert.equal(answer.status, 404, 'a part of another integration')
    }
    assert.equal((await api.admin.delete(one)).status, 204)
    assert.equal((await api.admin.get(one)).status, 404)
  }
  await refused(
    `${all}/${id}/matchers`,
    { ...matcher, key: '' },
    /^key: expected where in the body/,
  )
  await refused(
    `${all}/${id}/matchers`,
    { ...matcher, body_data_type: '' },
    /^body_data_type: expected json or string for a body/,
  )
  await refused(`${all}/${id}/values`, { ...value, key: '' }, /^key: expected where in the header/)
  for (const variable of ['', '-e', '--extra=1', 'a=b', 'a\0', ' a']) {
    await refused(`${all}/${id}/values`, { ...value, variable }, /^variable: /)
  }
  await refused(
    `${all}/${id}/values`,
    { ...value, variable_type: 'task', variable: 'arguments' },
    /^variable: expected one of message, git_branch, .* for a task, got "arguments"$/,
  )
})

test('addresses: of one integration, of the project; each is another secret', async () => {
  const { id } = await create(all, { name: 'addressed', template_id: project.template })
  const own = await create(`${all}/${id}/aliases`, {}, 200)
  const ofProject = await create(`${all}/aliases`, {}, 200)
  for (const { url } of [own, ofProject]) {
    assert.match(url, /^https:\/\/outstation\.example\/api\/integrations\/[\w-]{24}$/)
  }
  assert.deepEqual((await api.admin.get(`${all}/${id}/aliases`)).json(), [own])
  assert.deepEqual((await api.admin.get(`${all}/aliases`)).json(), [ofProject])
  assert.equal(
    (await api.admin.delete(`${all}/aliases/${own.id}`)).status,
    404,
    'not the project’s',
  )
  assert.equal((await api.admin.delete(`${all}/${id}/aliases/${own.id}`)).status, 204)
  assert.equal((await api.admin.delete(`${all}/aliases/${ofProject.id}`)).status, 204)
  assert.equal((await api.admin.get(`${all}/9999/aliases`)).status, 404)
})

/** What scripts and Ansible modules for Semaphore send, who do not say what it is, or say too much. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../kit/api.ts'
import { makeProject, type Project } from '../kit/project.ts'

let api: Api
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
  await api.user('ann')
})
after(() => api.close())

/** `curl --data` and Python's urllib say this of any body. */
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const login = JSON.stringify({ auth: 'ann', password: 'password of ann' })

test('JSON that is said to be a form counts as JSON', async () => {
  const body = JSON.stringify({ name: 'K', type: 'none' })
  const made = await api.admin.send('POST', `${project.path}/keys`, { body, headers: form })
  assert.equal(made.status, 201, made.text)
  assert.equal(made.json().name, 'K')
})

test('a page of another origin cannot send a form that is JSON', async () => {
  for (const sender of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    const headers = { ...form, ...sender }
    const { status } = await api.stranger.send('POST', '/api/auth/login', { body: login, headers })
    assert.equal(status, 415)
  }
})

test('the whole Set-Cookie of the login, sent back as it came, is the session', async () => {
  const answer = await api.stranger.send('POST', '/api/auth/login', { body: login, headers: form })
  assert.equal(answer.status, 204, answer.text)
  const [cookie = ''] = [answer.headers['set-cookie']].flat()
  const session = api.stranger.with({ cookie, 'content-type': 'application/json' })
  assert.equal((await session.get('/api/user/')).json().username, 'ann')
  const token = await session.post('/api/user/tokens', {})
  assert.equal(token.status, 201, token.text)
  assert.equal((await session.delete(`/api/user/tokens/${token.json().id}`)).status, 204)
  assert.equal((await session.post('/api/auth/logout', {})).status, 204)
  assert.equal((await session.get('/api/user/')).status, 401)
})

test('a template with the fields of older versions beside its own', async () => {
  const { repository: repository_id, inventory: inventory_id, environment, view } = project
  const prompts = ['inventory', 'limit', 'tags', 'skip_tags', 'vault_password', 'arguments']
  const made = await api.admin.post(`${project.path}/templates`, {
    ...{ name: 'T', app: 'ansible', playbook: 'site.yml', repository_id, inventory_id },
    ...{ environment_id: environment, view_id: view, build_template_id: 0, project_id: project.id },
    ...{ type: '', description: '', git_branch: '', limit: '', tags: '', skip_tags: '' },
    ...{ vault_password: '', start_version: '', arguments: '[]', vaults: [], survey_vars: [] },
    ...Object.fromEntries(prompts.map((name) => [`prompt_${name}`, false])),
  })
  assert.equal(made.status, 201, made.text)
})

test('a task that names again what its template has', async () => {
  const { template: template_id, inventory: inventory_id, environment, repository } = project
  const made = await api.admin.post(`${project.path}/tasks`, {
    ...{ template_id, inventory_id, environment_id: environment, repository_id: repository },
    ...{ debug: true, override_args: '', start_version: '' },
  })
  assert.equal(made.status, 201, made.text)
})

test('an integration with nulls and flags that nobody knows', async () => {
  const { template: template_id } = project
  const made = await api.admin.post(`${project.path}/integrations`, {
    ...{ name: 'N', template_id, auth_method: null, auth_secret_id: null, searchable: false },
    task_params: { debug_level: 4, diff: false, dry_run: false, environment: '{}', params: null },
  })
  assert.equal(made.status, 201, made.text)
  const value = await api.admin.post(`${project.path}/integrations/${made.json().id}/values`, {
    ...{ id: 0, integration_id: made.json().id, name: 'V', value_source: 'body' },
    ...{ body_data_type: 'json', key: 'a', variable: 'a', variable_type: 'environment' },
  })
  assert.equal(value.status, 201, value.text)
})

test('a working directory and an image are refused by name: tasks would run without them', async () => {
  const one = `${project.path}/templates/${project.template}`
  const template = (await api.admin.get(one)).json()
  for (const asked of [{ working_directory: 'site' }, { executor_image: 'alpine' }]) {
    const [[field, value] = []] = Object.entries(asked)
    const answer = await api.admin.put(one, { ...template, ...asked })
    assert.equal(answer.status, 400, answer.text)
    assert.match(answer.json().error, new RegExp(`^${field}: expected .*, got "${value}"$`))
  }
})

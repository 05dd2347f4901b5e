/** Semaphore's way from nothing to a started task, call by call, and that no secret ever comes back. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import type { Body } from '../../kit/http.ts'

let api: Api
before(async () => {
  api = await startApi()
})
after(() => api.close())

const secrets = ['hunter2', 'PRIVATE KEY of mine', 'the passphrase', 'vault-pass', 'env-secret']

test('login, token, project, key, .. task: each 201 with its id, and nothing secret in any answer', async () => {
  const { stranger, admin: owner } = api
  const login = await stranger.post('/api/auth/login', {
    auth: 'admin@example.org',
    password: 'password of admin',
  })
  assert.equal(login.status, 204)
  const cookie = String(login.headers['set-cookie'])
  assert.match(
    cookie,
    /^semaphore=oss_[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
  const session = stranger.with({ cookie: cookie.split(';')[0] as string })
  assert.equal((await session.get('/api/user/')).json().username, 'admin')

  const made = await session.post('/api/user/tokens')
  assert.equal(made.status, 201)
  const token = made.json().id
  const admin = stranger.with({ authorization: `Bearer ${token}` })
  const create = async (path: string, body: object): Promise<Body> => {
    const answer = await admin.post(path, body)
    assert.equal(answer.status, 201, `${path}: ${answer.text}`)
    assert.ok(answer.json().id > 0)
    return answer.json()
  }

  const project = await create('/api/projects', {
    name: 'Pumps',
    alert: false,
    max_parallel_tasks: 0,
  })
  const p = `/api/project/${project.id}`
  const common = { project_id: project.id }
  const none = await create(`${p}/keys`, { ...common, name: 'None', type: 'none' })
  const ssh = await create(`${p}/keys`, {
    ...common,
    name: 'Deploy',
    type: 'ssh',
    ssh: { login: 'git', passphrase: 'the passphrase', private_key: 'PRIVATE KEY of mine' },
  })
  assert.deepEqual(ssh, { id: ssh.id, project_id: project.id, name: 'Deploy', type: 'ssh' })
  const become = await create(`${p}/keys`, {
    ...common,
    name: 'Become',
    type: 'login_password',
    login_password: { login: 'root', password: 'hunter2' },
  })
  const vault = await create(`${p}/keys`, { name: 'Vault', type: 'string', string: 'vault-pass' })
  const repository = await create(`${p}/repositories`, {
    ...common,
    name: 'Playbooks',
    git_url: 'https://git.example/pumps.git',
    git_branch: 'main',
    ssh_key_id: none.id,
  })
  const inventory = await create(`${p}/inventory`, {
    ...common,
    name: 'Hosts',
    type: 'static',
    inventory: 'localhost ansible_connection=local',
    ssh_key_id: ssh.id,
    become_key_id: become.id,
    repository_id: null,
  })
  const environment = await create(`${p}/environment`, {
    ...common,
    name: 'Empty',
    json: '{"a":1}',
    env: '{"PORT":8080}',
    secrets: [{ name: 'API_KEY', secret: 'env-secret', type: 'env', operation: 'create' }],
  })
  assert.deepEqual(
    environment.secrets.map(({ name, type }: Body) => ({ name, type })),
    [{ name: 'API_KEY', type: 'env' }],
  )
  const template = await create(`${p}/templates`, {
    ...common,
    name: 'Update',
    app: 'ansible',
    playbook: 'site.yml',
    repository_id: repository.id,
    inventory_id: inventory.id,
    environment_id: environment.id,
    arguments: '["-v"]',
    type: '',
    survey_vars: [{ name: 'pump', title: 'Which?', type: 'secret', required: true }],
    vaults: [{ name: null, type: 'password', vault_key_id: vault.id }],
    task_params: { tags: ['fast'] },
    allow_override_args_in_task: true,
  })
  assert.equal(template.arguments, '["-v"]')
  assert.deepEqual(template.task_params, { tags: ['fast'] })

  const task = await create(`${p}/tasks`, {
    template_id: template.id,
    message: 'now',
    environment: '{"b":2}',
    secret: '{"pump":"hunter2"}',
    arguments: '["--flush-cache"]',
    dry_run: true,
    limit: 'a,b',
  })
  assert.equal(task.status, 'waiting')
  assert.equal(task.tpl_alias, 'Update')
  assert.equal(task.user_name, 'admin')
  assert.deepEqual(task.params, { dry_run: true, limit: ['a', 'b'] })

  const t = `${p}/tasks/${task.id}`
  assert.deepEqual((await admin.get(t)).json(), { ...task, summary: null })
  assert.deepEqual((await admin.get(`${p}/tasks`)).json(), [task])
  assert.deepEqual((await admin.get(`${p}/tasks/last?limit=1`)).json(), [task])
  assert.equal((await admin.delete(t)).status, 409)
  assert.equal((await admin.post(`${t}/stop`, {})).status, 204)
  assert.equal((await admin.get(t)).json().status, 'stopped')

  for (const [path, one] of [
    ['keys', ssh],
    ['repositories', repository],
    ['inventory', inventory],
    ['environment', environment],
    ['templates', template],
  ] as const) {
    const got = (await admin.get(`${p}/${path}/${one.id}`)).json()
    // What came of it since it was made.
    if (path === 'templates') assert.equal(got.last_task.id, task.id)
    assert.deepEqual({ ...got, last_task: null }, { ...one, last_task: null })
    const listed = (await admin.get(`${p}/${path}?sort=name&order=desc`)).json()
    assert.ok(listed.some(({ id }: Body) => id === one.id))
    const put = await admin.put(`${p}/${path}/${one.id}`, { ...one, name: `${one.name} 2` })
    assert.equal(put.status, 204, put.text)
    assert.equal((await admin.get(`${p}/${path}/${one.id}`)).json().name, `${one.name} 2`)
  }

  const inUse = await admin.delete(`${p}/keys/${vault.id}`)
  assert.equal(inUse.status, 409)
  assert.equal(inUse.json().error, 'access key Vault is in use by template Update 2')
  for (const path of [
    `${t}`,
    `${p}/templates/${template.id}`,
    `${p}/inventory/${inventory.id}`,
    `${p}/repositories/${repository.id}`,
    `${p}/environment/${environment.id}`,
    `${p}/keys/${vault.id}`,
  ]) {
    const gone = await admin.delete(path)
    assert.equal(gone.status, 204, `${path}: ${gone.text}`)
    assert.equal((await admin.get(path)).status, 404)
  }
  assert.equal((await admin.delete(p)).status, 204)
  assert.equal((await admin.get(p)).status, 404)

  const rest = token.slice(12)
  const shown = (await owner.get('/api/user/tokens')).json()
  assert.ok(shown.some(({ id }: Body) => id === token.slice(0, 12)))
  assert.equal(api.seen.filter((text) => text.includes(rest)).length, 1, 'the token is shown once')
  assert.equal((await admin.delete(`/api/user/tokens/${token}`)).status, 204)
  assert.equal((await admin.get('/api/user')).status, 401)
  assert.equal((await session.post('/api/auth/logout')).status, 204)
  assert.equal((await session.get('/api/user')).status, 401)

  for (const secret of secrets) {
    assert.ok(!api.seen.some((text) => text.includes(secret)), `${secret} came back`)
  }
})

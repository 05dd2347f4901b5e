/**
 * What Semaphore's Terraform providers send. They are written in Go: what is false, 0 or empty is left out, an empty
 * list is null, and what was asked for must come back as it was, or Terraform ends with an error.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../kit/api.ts'
import type { Answer, Body, Client } from '../kit/http.ts'
import { makeProject, type Project } from '../kit/project.ts'

let api: Api
let provider: Client
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
  const token = (await api.admin.post('/api/user/tokens')).json().id
  provider = api.stranger.with({
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'content-type': 'application/json',
  })
})
after(() => api.close())

interface Cycle {
  /** The list. */
  path: string
  /** What ids are below; the list itself if left out. */
  below?: string
  made: Body
  /** What must be read after it was made. */
  shown: Body
  /** One change after the other, and what must be read then. */
  changes?: [sent: Body, shown: Body][]
  /** There is no address of one: it is found in the list. */
  listed?: boolean
}

/** Made, read, changed and read again, deleted and looked for in vain. */
async function play(cycle: Cycle): Promise<void> {
  const { path, below = path, made, shown, changes = [], listed = false } = cycle
  const answer = await provider.post(path, made)
  assert.equal(answer.status, 201, answer.text)
  const { id } = answer.json()
  const one = `${below}/${id}`
  const read = async (): Promise<Body> =>
    listed
      ? (await provider.get(path)).json().find((row: Body) => row.id === id)
      : (await provider.get(`${one}/`)).json()
  matches(await read(), shown)
  for (const [sent, then] of changes) {
    done(await provider.put(one, { id, ...sent }))
    matches(await read(), then)
  }
  done(await provider.delete(one))
  if (listed) assert.equal(await read(), undefined)
  else assert.equal((await provider.get(one)).status, 404)
}

function done({ status, text }: Answer): void {
  assert.equal(status, 204, text)
}

/** The fields that are expected; the others may be anything. */
function matches(got: Body, expected: Body): void {
  const names = Object.keys(expected)
  assert.deepEqual(Object.fromEntries(names.map((name) => [name, got[name]])), expected)
}

const at = (path: string) => `${project.path}/${path}`
const within = () => ({ project_id: project.id })

test('a project', async () => {
  const none = { alert: false, alert_chat: null, max_parallel_tasks: 0 }
  const all = { name: 'Q', alert: true, alert_chat: '12', max_parallel_tasks: 4 }
  await play({
    path: '/api/projects',
    below: '/api/project',
    made: { name: 'P', max_parallel_tasks: 0 },
    shown: { name: 'P', ...none },
    changes: [
      [all, all],
      [{ name: 'Q' }, { name: 'Q', ...none }],
    ],
  })
})

test('a user, who is no administrator any more when that is not said', async () => {
  const ann = { name: 'Ann', username: 'ann', email: 'ann@example.org' }
  const rights = { admin: true, alert: true }
  await play({
    path: '/api/users',
    made: { ...ann, ...rights, password: 'password of Ann' },
    shown: { ...ann, ...rights, external: false },
    changes: [[ann, { ...ann, admin: false, alert: false }]],
  })
})

test('nobody gives up rights of their own by leaving them out', async () => {
  const [me] = (await provider.get('/api/users')).json()
  const { id, name, username, email } = me
  done(await provider.put(`/api/users/${id}/`, { name, username, email }))
  matches((await provider.get('/api/user')).json(), { id, admin: true })
})

test('a member, found in the list', async () => {
  const { id: user_id } = await api.user('member')
  const role = async () =>
    (await provider.get(at('users'))).json().find(({ id }: Body) => id === user_id)?.role
  done(await provider.post(at('users'), { user_id, role: 'guest' }))
  assert.equal(await role(), 'guest')
  done(await provider.put(at(`users/${user_id}`), { role: 'manager' }))
  assert.equal(await role(), 'manager')
  done(await provider.delete(at(`users/${user_id}`)))
  assert.equal(await role(), undefined)
})

test('a key: renamed with and without its secret, and of another type', async () => {
  const key = { name: 'K', type: 'login_password', ...within() }
  const login_password = { login: 'ann', password: 'secret of Ann' }
  await play({
    path: at('keys'),
    listed: true,
    made: { ...key, login_password },
    shown: key,
    changes: [
      // The secret is as it was: an empty object.
      [
        { ...key, login_password: {} },
        { name: 'K', type: 'login_password' },
      ],
      [
        { ...key, name: 'L', login_password, ssh: {}, override_secret: true },
        { name: 'L', type: 'login_password' },
      ],
      [
        { name: 'L', type: 'none', ...within(), override_secret: true },
        { name: 'L', type: 'none' },
      ],
    ],
  })
})

test('a repository', async () => {
  const repository = { name: 'R', git_branch: 'main', ssh_key_id: project.key, ...within() }
  const urls = ['git@github.com:example/test.git', 'https://example.org/test.git']
  const [made, changed] = urls.map((git_url) => ({ ...repository, git_url }))
  await play({
    path: at('repositories'),
    made,
    shown: made,
    changes: [[changed, changed]],
  })
})

test('an inventory of every kind, one after the other', async () => {
  const inventory = { name: 'I', ssh_key_id: project.key, ...within() }
  const text = { inventory: 'localhost', become_key_id: project.key }
  const file = { type: 'file', inventory: 'hosts.ini', repository_id: project.repository }
  const workspace = { type: 'terraform-workspace', inventory: 'default' }
  await play({
    path: at('inventory'),
    made: { ...inventory, ...text, type: 'static' },
    shown: { ...inventory, ...text, type: 'static', repository_id: null },
    changes: [
      [
        { ...inventory, ...text, type: 'static-yaml' },
        { ...text, type: 'static-yaml' },
      ],
      [
        { ...inventory, ...file },
        { ...inventory, ...file, become_key_id: null },
      ],
      [
        { ...inventory, ...workspace },
        { ...inventory, ...workspace, repository_id: null },
      ],
    ],
  })
})

test('an environment whose secrets come, change and go', async () => {
  const environment = { name: 'E', json: '{"a":"b"}', env: '{"A":"B"}', ...within() }
  const create = { secret: 'hidden', operation: 'create' }
  const made = await provider.post(at('environment'), {
    ...environment,
    secrets: [
      { name: 'one', type: 'var', ...create },
      { name: 'TWO', type: 'env', ...create },
      { name: 'three', type: 'var', ...create },
    ],
  })
  assert.equal(made.status, 201, made.text)
  const { id, secrets } = made.json()
  const [one, two, three] = secrets.map((secret: Body) => secret.id)
  const path = at(`environment/${id}`)
  const secretsAfter = async (secrets: unknown): Promise<Body> => {
    done(await provider.put(path, { id, ...environment, secrets }))
    return (await provider.get(path)).json().secrets
  }
  assert.deepEqual(
    await secretsAfter([
      // Nothing is to happen with it.
      { id: one, name: 'one', type: 'var' },
      { id: two, name: 'two', type: 'var', secret: 'another', operation: 'update' },
      { name: 'four', type: 'env', ...create },
      { id: three, type: 'var', operation: 'delete' },
    ]),
    [
      { id: one, name: 'one', type: 'var' },
      { id: two, name: 'two', type: 'var' },
      { id: three + 1, name: 'four', type: 'env' },
    ],
  )
  assert.equal((await secretsAfter(null)).length, 3)
  done(await provider.delete(path))
})

const template = () => ({
  ...within(),
  name: 'T',
  app: 'ansible',
  playbook: 'playbook.yml',
  repository_id: project.repository,
  inventory_id: project.inventory,
  environment_id: project.environment,
  environment_ids: [project.environment],
  arguments: '[]',
})
const bare = { survey_vars: [], vaults: [] }
const unset = {
  allow_parallel_tasks: false,
  allow_override_args_in_task: false,
  suppress_success_alerts: false,
  type: '',
  view_id: null,
  task_params: null,
}

test('a template with survey and vaults, and without', async () => {
  const questions = [
    { name: 'age', title: 'Age?', type: 'integer', required: true, values: null },
    { name: 'who', title: 'Who?', type: 'string', values: null },
    { name: 'pick', title: 'Which?', type: 'enum', values: [{ name: 'First', value: '1' }] },
  ]
  const vaults = [
    { type: 'password', vault_key_id: project.key },
    { name: 'database', type: 'script', script: 'path/to/script-client.py' },
  ]
  const params = { debug: true, limit: ['a'], tags: null, skip_tags: null }
  const task_params = { message: 'm', params }
  await play({
    path: at('templates'),
    made: { ...template(), ...bare },
    shown: { ...template(), ...bare, ...unset },
    changes: [
      [
        {
          ...template(),
          survey_vars: questions,
          vaults,
          task_params,
          view_id: project.view,
          git_branch: 'staging',
          arguments: '["--help"]',
          allow_parallel_tasks: true,
          allow_override_args_in_task: true,
        },
        {
          survey_vars: questions.map(({ values, ...question }) => ({
            ...question,
            ...(values && { values }),
          })),
          vaults: [
            { id: 1, ...vaults[0], script: '' },
            { id: 2, ...vaults[1] },
          ],
          task_params,
          view_id: project.view,
          git_branch: 'staging',
          arguments: '["--help"]',
          allow_parallel_tasks: true,
          allow_override_args_in_task: true,
        },
      ],
      [
        { ...template(), environment_id: undefined, environment_ids: [0], ...bare },
        { ...bare, ...unset, environment_id: null, environment_ids: [], git_branch: '' },
      ],
    ],
  })
})

test('a template that builds, and one that deploys what it built', async () => {
  const build = { ...template(), ...bare, type: 'build', start_version: '1.0.0' }
  const made = (await provider.post(at('templates'), build)).json()
  matches(made, { type: 'build', start_version: '1.0.0', autorun: false })
  const deploy = { ...template(), ...bare, type: 'deploy', build_template_id: made.id }
  await play({
    path: at('templates'),
    made: deploy,
    shown: { ...deploy, autorun: false },
    changes: [
      [
        { ...deploy, autorun: true },
        { ...deploy, autorun: true },
      ],
    ],
  })
  done(await provider.delete(at(`templates/${made.id}`)))
})

test('a view', async () => {
  const view = { ...within(), title: 'V', position: 3 }
  const changed = { ...view, title: 'W', position: 2 }
  await play({ path: at('views'), made: view, shown: view, changes: [[changed, changed]] })
})

test('a schedule runs only while it is said to', async () => {
  const schedule = {
    ...within(),
    template_id: project.template,
    name: 'S',
    cron_format: '0 1 * * *',
  }
  await play({
    path: at('schedules'),
    made: schedule,
    shown: { ...schedule, active: false },
    changes: [
      [
        { ...schedule, active: true },
        { ...schedule, active: true },
      ],
      [schedule, { ...schedule, active: false }],
    ],
  })
})

test('an integration, with and without what its tasks are to be', async () => {
  const integration = { ...within(), template_id: project.template, name: 'N', auth_method: 'none' }
  const params = { debug: true, limit: ['a'] }
  const asked = { params: { ...params, tags: null, skip_tags: null } }
  await play({
    path: at('integrations'),
    made: integration,
    shown: { ...integration, auth_secret_id: null, auth_header: '', task_params: null },
    changes: [
      [
        { ...integration, searchable: true, task_params: asked },
        { searchable: true, task_params: { params } },
      ],
      [integration, { ...integration, searchable: false, task_params: null }],
    ],
  })
})

test('addresses of an integration and of the project', async () => {
  const integration = { ...within(), template_id: project.template, name: 'N', auth_method: 'none' }
  const { id: own } = (await provider.post(at('integrations'), integration)).json()
  for (const path of [at('integrations/aliases'), at(`integrations/${own}/aliases`)]) {
    const made = await provider.send('POST', path)
    assert.equal(made.status, 200, made.text)
    assert.deepEqual((await provider.get(path)).json(), [made.json()])
    done(await provider.delete(`${path}/${made.json().id}`))
    assert.deepEqual((await provider.get(path)).json(), [])
  }
})

test('a runner of all and of the project, switched off by what is left out', async () => {
  for (const [path, owner] of [
    ['/api/runners', {}],
    [at('runners'), within()],
  ] as const) {
    const made = await provider.post(path, { ...owner, name: 'R', tags: null })
    assert.equal(made.status, 201, made.text)
    const { id, token } = made.json()
    assert.ok(token)
    const one = `${path}/${id}`
    done(await provider.post(`${one}/active`, {}))
    matches((await provider.get(one)).json(), { name: 'R', webhook: '', active: false, tags: [] })
    done(await provider.post(`${one}/active`, { active: true }))
    const changed = { name: 'Q', max_parallel_tasks: 2, active: true, tags: ['a'] }
    done(await provider.put(one, { ...owner, ...changed }))
    matches((await provider.get(one)).json(), changed)
    done(await provider.delete(one))
    assert.equal((await provider.delete(one)).status, 404)
  }
})

test('a task, stopped when it is no longer wanted', async () => {
  const asked = { template_id: project.template, message: 'm', limit: 'a,b', debug: true }
  const made = await provider.post(at('tasks'), asked)
  assert.equal(made.status, 201, made.text)
  const one = at(`tasks/${made.json().id}`)
  const read = async () => (await provider.get(one)).json()
  const { params, ...shown } = await read()
  matches(shown, { template_id: project.template, status: 'waiting', message: 'm', limit: 'a,b' })
  matches(params, { debug: true, limit: ['a', 'b'] })
  assert.deepEqual((await provider.get(`${one}/output`)).json(), [])
  done(await provider.post(`${one}/stop`, {}))
  assert.equal((await read()).status, 'stopped')
  done(await provider.delete(one))
  assert.equal((await provider.get(one)).status, 404)
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import type { Body } from '../../kit/http.ts'
import { makeProject } from '../../kit/project.ts'

const file = join(import.meta.dirname, '../../fixtures/compat/backup.json')
const fixture = (): Body => JSON.parse(readFileSync(file, 'utf8'))

let api: Api
before(async () => {
  api = await startApi()
})
after(() => api.close())

const restore = (backup: unknown) => api.admin.post('/api/projects/restore', backup)
const backupOf = async (id: number): Promise<Body> =>
  (await api.admin.get(`/api/project/${id}/backup`)).json()

async function restored(backup: unknown): Promise<Body> {
  const answer = await restore(backup)
  assert.equal(answer.status, 200, answer.text)
  return answer.json()
}

async function refusal(change: (backup: Body) => void): Promise<string[]> {
  const backup = fixture()
  change(backup)
  const before = (await api.admin.get('/api/projects')).json().length
  const answer = await restore(backup)
  assert.equal(answer.status, 400, answer.text)
  assert.equal((await api.admin.get('/api/projects')).json().length, before)
  return answer.json().error.split('; ')
}

test('a backup of Semaphore becomes a project, and what it lacks is said', async () => {
  const { id, name, alert, missing_secrets, left_out } = await restored(fixture())
  assert.deepEqual([name, alert], ['homelab', true])
  assert.deepEqual(missing_secrets, [
    'key "Deploy" of type ssh',
    'key "Vault Password" of type login_password',
  ])
  assert.deepEqual(left_out, [
    'runners: all 1, there are none here',
    'integration_aliases: all 1, make new ones',
    'templates[0].environments: "Other", a template has one here',
    'integrations[0].aliases: all 1, make new ones',
  ])
  const { json: list } = {
    json: async (path: string) => (await api.admin.get(`/api/project/${id}/${path}`)).json(),
  }
  const [deploy, none] = await list('keys')
  assert.deepEqual([deploy.name, deploy.type, none.type], ['Deploy', 'ssh', 'none'])
  const [demo, secret] = await list('repositories')
  assert.deepEqual([demo.ssh_key_id, secret.ssh_key_id], [none.id, deploy.id])
  const [site, hello] = await list('templates')
  const [view] = await list('views')
  assert.deepEqual([site.view_id, hello.view_id], [view.id, null])
  assert.equal(site.vaults[0].vault_key_id, (await list('keys'))[2].id)
  assert.equal(hello.arguments, '["world"]')
  const [github] = await list('integrations')
  assert.equal(github.template_id, hello.id)
  const [matcher] = await list(`integrations/${github.id}/matchers`)
  assert.deepEqual([matcher.key, matcher.value], ['event', 'push'])
  assert.equal((await list(`integrations/${github.id}/values`))[0].variable, 'branch')
  const [nightly] = await list('schedules')
  assert.deepEqual([nightly.template_id, nightly.active], [hello.id, false])
})

test('export, restore and export again are equal, and hold neither ids nor secrets', async () => {
  const { path, id, environment, template } = await makeProject(api.admin, 'whole')
  await api.admin.put(`${path}/environment/${environment}`, {
    name: 'Empty',
    secrets: [{ name: 'PASSWORD', type: 'env', secret: 'hunter2hunter2', operation: 'create' }],
  })
  const private_key = 'PRIVATE KEY'
  await api.admin.post(`${path}/keys`, { name: 'Root', type: 'ssh', ssh: { private_key } })
  const hook = { name: 'Hook', type: 'string', string: 'hunter2hunter2' }
  const github = await api.admin.post(`${path}/integrations`, {
    name: 'GitHub',
    template_id: template,
    auth_method: 'github',
    auth_secret_id: (await api.admin.post(`${path}/keys`, hook)).json().id,
  })
  const inside = `${path}/integrations/${github.json().id}`
  await api.admin.post(`${inside}/matchers`, fixture().integrations[0].matchers[0])
  await api.admin.post(`${inside}/values`, fixture().integrations[0].extract_values[0])
  const first = await backupOf(id)
  assert.equal(first.integrations[0].matchers[0].value, 'push')
  assert.ok(!JSON.stringify(first).match(/hunter2|PRIVATE/))
  assert.ok(!JSON.stringify(first).match(/"(\w+_)?ids?":/), JSON.stringify(first))
  const lists = ['keys', 'repositories', 'inventories', 'environments', 'views', 'templates']
  for (const list of [...lists, 'schedules', 'integrations'])
    assert.ok(first[list].length > 0, list)
  const again = await restored(first)
  assert.deepEqual(await backupOf(again.id), first)
  assert.deepEqual(again.missing_secrets, [
    'key "Hook" of type string',
    'key "Root" of type ssh',
    'secret "PASSWORD" of environment "Empty"',
  ])
})

test('a task that needs a secret which nobody entered is refused, until somebody does', async () => {
  const { id } = await restored(fixture())
  const path = `/api/project/${id}`
  const [site] = (await api.admin.get(`${path}/templates`)).json()
  const start = () =>
    api.admin.post(`${path}/tasks`, { template_id: site.id, environment: '{"stage": "test"}' })
  const refused = await start()
  assert.equal(refused.status, 400)
  assert.match(
    refused.json().error,
    /^nobody has entered the secret of access key Deploy, nor of access key Vault Password; /,
  )
  const enter = async (name: string, secret: object) => {
    const keys: Body[] = (await api.admin.get(`${path}/keys`)).json()
    const key = keys.find((one) => one.name === name)
    const sent = { ...key, ...secret, override_secret: true }
    assert.equal((await api.admin.put(`${path}/keys/${key.id}`, sent)).status, 204)
  }
  await enter('Deploy', { ssh: { private_key: 'PRIVATE KEY' } })
  await enter('Vault Password', { login_password: { password: 'p' } })
  assert.equal((await start()).status, 201)
})

test('secrets that somebody added to the file are taken', async () => {
  const backup = fixture()
  backup.keys[1].ssh = { private_key: 'PRIVATE KEY' }
  backup.keys[2].login_password = { login: '', password: 'p' }
  assert.deepEqual((await restored(backup)).missing_secrets, [])
})

test('a deploy template finds its build template, wherever that stands in the file', async () => {
  const { path, id, repository, environment } = await makeProject(api.admin, 'builds')
  const make = async (columns: object) =>
    (
      await api.admin.post(`${path}/templates`, {
        ...{ app: 'bash', playbook: 'x.sh', repository_id: repository },
        ...{ environment_ids: [environment], suppress_error_alerts: true, ...columns },
      })
    ).json()
  const build = await make({ name: 'Z build', type: 'build', start_version: '1.0' })
  assert.deepEqual([build.environment_id, build.environment_ids], [environment, [environment]])
  await make({ name: 'A deploy', type: 'deploy', build_template_id: build.id, autorun: true })
  const first = await backupOf(id)
  const [deploy] = first.templates
  assert.deepEqual(
    [deploy.name, deploy.build_template, deploy.autorun, deploy.environments],
    ['A deploy', 'Z build', true, ['Empty']],
  )
  assert.deepEqual(await backupOf((await restored(first)).id), first)
})

test('of two things of one name the second gets a number', async () => {
  const { path, id, key } = await makeProject(api.admin, 'twice')
  const other = (await api.admin.post(`${path}/keys`, { name: 'None', type: 'none' })).json()
  await api.admin.post(`${path}/repositories`, {
    name: 'Second',
    git_url: '/srv/second',
    ssh_key_id: other.id,
  })
  assert.ok(key < other.id)
  const backup = await backupOf(id)
  assert.deepEqual(
    backup.keys.map((one: Body) => one.name),
    ['None', 'None (2)'],
  )
  assert.equal(backup.repositories.find((one: Body) => one.name === 'Second').ssh_key, 'None (2)')
  await restored(backup)
})

test('older files: a cron format in the template, one vault key, a view with a name', async () => {
  const { schedules: _, ...backup } = fixture()
  const [site, hello] = backup.templates
  Object.assign(hello, { cron: '0 4 * * *', environment: 'Other', environments: undefined })
  Object.assign(site, { vaults: undefined, vault_key: 'Vault Password' })
  backup.views = [{ name: 'Build', position: 0 }]
  const { id } = await restored(backup)
  const again = await backupOf(id)
  assert.deepEqual(
    again.schedules.map((one: Body) => [one.template, one.cron_format, one.active]),
    [['Hello', '0 4 * * *', true]],
  )
  assert.equal(again.templates[0].vaults[0].vault_key, 'Vault Password')
  assert.equal(again.templates[1].environment, 'Other')
  assert.equal(again.views[0].title, 'Build')
})

test('everything that is wrong is named with its path, and nothing is stored', async () => {
  assert.deepEqual(
    await refusal(({ templates: [site, hello], keys, repositories }) => {
      site.inventory = 'x'
      hello.playbook = 5
      hello.arguments = 'not JSON'
      site.vaults[0].vault_key = 'y'
      keys[0].type = 'dsa'
      repositories[1].name = 'Demo'
    }),
    [
      'keys[0].type: expected "none", "ssh", "login_password", "string", got "dsa"',
      'repositories[1].name: "Demo" is there twice',
      'templates[0].repository: no repository "Private"',
      'templates[0].inventory: no inventory "x"',
      'templates[0].vaults[0].vault_key: no key "y"',
      'templates[1].playbook: expected string, got 5',
    ],
  )
  assert.deepEqual(
    await refusal((backup) => {
      backup.templates[1].arguments = 'not JSON'
      backup.schedules[0].cron_format = 'never'
      backup.integrations[0].matchers = 'none'
    }),
    ['templates[1].arguments: expected the JSON text of an array of texts'],
  )
  assert.deepEqual(
    await refusal((backup) => {
      backup.templates[0].vaults = ['x']
      backup.integrations[0].matchers[0].method = 'like'
    }),
    [
      'templates[0].vaults.0: expected object, got "x"',
      'integrations[0].matchers[0].method: expected "equals", "unequals", "contains", got "like"',
    ],
  )
  assert.deepEqual(await refusal((backup) => (backup.templates = {})), [
    'templates: expected array or null, got an object',
  ])
  assert.deepEqual(await refusal((backup) => delete backup.meta), [
    'meta: expected a value, got nothing',
  ])
})

test('members may export, only administrators restore', async () => {
  const { id, client } = await api.user('ann')
  const project = await makeProject(api.admin, 'guarded')
  assert.equal((await client.get(`${project.path}/backup`)).status, 404)
  await api.admin.post(`${project.path}/users`, { user_id: id, role: 'guest' })
  assert.equal((await client.get(`${project.path}/backup`)).status, 200)
  assert.equal((await client.post('/api/projects/restore', fixture())).status, 403)
})

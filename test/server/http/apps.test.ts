import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import { makeProject } from '../../kit/project.ts'

let api: Api
before(async () => {
  api = await startApi()
})
after(() => api.close())

const ids = async () =>
  (await api.admin.get('/api/apps')).json().map(({ id }: { id: string }) => id)

test('apps are those that are built in, and those of the configuration', async () => {
  const apps = (await api.admin.get('/api/apps')).json()
  assert.deepEqual(await ids(), [
    'ansible',
    'terraform',
    'tofu',
    'terragrunt',
    'bash',
    'powershell',
    'python',
    'rust',
  ])
  assert.deepEqual(apps[7], {
    id: 'rust',
    active: true,
    priority: 5,
    title: 'Rust',
    icon: '',
    color: '',
    dark_color: '',
  })
})

test('an app is changed, put in order and put back', async () => {
  const sent = { active: true, priority: 500, title: 'Shell', icon: 'sh', color: '', path: '' }
  assert.equal((await api.admin.put('/api/apps/bash', sent)).status, 204)
  const { active, priority, title, icon } = (await api.admin.get('/api/apps/bash')).json()
  assert.deepEqual([active, priority, title, icon], [true, 500, 'Shell', 'sh'])
  assert.equal((await ids())[0], 'bash')
  assert.equal((await api.admin.get('/api/options')).json()['apps.bash.title'], 'Shell')
  assert.equal((await api.admin.delete('/api/apps/bash')).status, 204)
  assert.equal((await api.admin.get('/api/apps/bash')).json().title, 'Bash Script')
  assert.deepEqual((await api.admin.get('/api/options')).json(), {})
})

test('no program can be set over the API', async () => {
  for (const sent of [{ path: '/bin/evil' }, { args: ['-c'] }]) {
    const answer = await api.admin.put('/api/apps/bash', sent)
    assert.equal(answer.status, 400)
    assert.match(answer.json().error, /^(path|args): expected nothing here; which program/)
  }
})

test('a task of an app that is switched off is refused', async () => {
  const project = await makeProject(api.admin, 'p')
  const start = () => api.admin.post(`${project.path}/tasks`, { template_id: project.template })
  assert.equal((await api.admin.post('/api/apps/bash/active', { active: false })).status, 204)
  const refused = await start()
  assert.equal(refused.status, 400)
  assert.match(refused.json().error, /^app bash: switched off on this server; an administrator/)
  assert.equal((await api.admin.post('/api/apps/bash/active', { active: true })).status, 204)
  assert.equal((await start()).status, 201)
})

test('what is not there, and who may not', async () => {
  assert.equal((await api.admin.get('/api/apps/nothing')).status, 404)
  assert.equal((await api.admin.post('/api/apps/nothing/active', { active: true })).status, 404)
  const { client } = await api.user('ann')
  assert.equal((await client.get('/api/apps')).status, 200)
  for (const path of ['/api/apps/bash', '/api/options', '/api/tasks']) {
    assert.equal((await client.get(path)).status, 403, path)
  }
})

test('options of users are their own, and only those that are known', async () => {
  const [{ client: ben }, { client: eve }] = [await api.user('ben'), await api.user('eve')]
  const option = { key: 'nav.unpinnedItems', value: '["dashboard"]' }
  const set = await ben.post('/api/user/options', option)
  assert.deepEqual([set.status, set.json()], [200, option])
  await ben.post('/api/user/options', { ...option, value: '[]' })
  assert.deepEqual((await ben.get('/api/user/options')).json(), { 'nav.unpinnedItems': '[]' })
  assert.deepEqual((await eve.get('/api/user/options')).json(), {})
  const unknown = await eve.post('/api/user/options', { key: 'apps.bash.active', value: 'false' })
  assert.equal(unknown.status, 400)
  assert.match(unknown.json().error, /^key: expected nav.unpinnedItems, got apps.bash.active$/)
})

test('an administrator sees what waits in all projects, and stops it', async () => {
  const project = await makeProject(api.admin, 'open tasks')
  const open = (await api.admin.get('/api/tasks')).json()
  const { task_id, ...shown } = open.at(-1)
  assert.equal(task_id, project.task)
  assert.deepEqual(shown, {
    project_id: project.id,
    project_name: 'open tasks',
    template_id: project.template,
    username: 'admin',
    status: 'waiting',
    location: 'queue',
  })
  assert.equal((await api.admin.delete(`/api/tasks/${task_id}`)).status, 204)
  assert.equal((await api.admin.get(`${project.path}/tasks/${task_id}`)).json().status, 'stopped')
  assert.equal((await api.admin.delete('/api/tasks/999999')).status, 404)
})

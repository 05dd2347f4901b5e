import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { startScheduler } from '../../../server/dispatch/scheduler.ts'
import { dueTask } from '../../../server/http/scheduled-task.ts'
import { enqueueDeploys } from '../../../server/store/builds.ts'
import { insertTask } from '../../../server/store/tasks.ts'
import { type Api, startApi } from '../../kit/api.ts'
import type { Body } from '../../kit/http.ts'
import { makeProject } from '../../kit/project.ts'
import { EventLog } from '../feed/webhooks/outbox-world.ts'

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

test('nor does it start by a schedule, an integration or a build, and people see why', async (t) => {
  const { store, cipher } = api.context
  const { path, id, template, repository } = await makeProject(api.admin, 'q')
  const create = async (kind: string, body: object) =>
    (await api.admin.post(`${path}/${kind}`, { name: 'By itself', ...body })).json()
  const bash = { app: 'bash', playbook: 'x.sh', repository_id: repository }
  const build = await create('templates', { ...bash, type: 'build' })
  const deploy = { ...bash, type: 'deploy', build_template_id: build.id, autorun: true }
  const deployed = await create('templates', deploy)
  const integration = await create('integrations', { template_id: template })
  const { url } = await create(`integrations/${integration.id}/aliases`, {})
  const cron = { template_id: template, cron_format: '* * * * *' }
  const schedule = await create('schedules', cron)
  await api.admin.post('/api/apps/bash/active', { active: false })
  t.after(() => api.admin.post('/api/apps/bash/active', { active: true }))
  const why = 'app bash: switched off on this server'
  const newest = async () => (await api.admin.get(`${path}/events/last?limit=1`)).json()[0]

  assert.equal((await api.stranger.post(new URL(url).pathname)).status, 204)
  assert.match((await newest()).description, new RegExp(`^integration .* started no task: ${why}`))

  await store.commit(async ({ db }) => {
    await db('schedules')
      .where({ id: schedule.id })
      .update({ next_run: Date.now() - 1 })
  })
  const [ending, log] = [new AbortController(), new EventLog()]
  startScheduler({
    ...{ store, log, timezone: 'UTC', restored: false, clock: systemClock, signal: ending.signal },
    taskOf: (db, row) => dueTask({ db, cipher }, row),
    headOf: async () => 'nothing',
  })
  await log.seen('a schedule started no task')
  ending.abort()
  // It is said in the transaction that this one waits for.
  await store.commit(async () => {})
  const { trouble } = (await api.admin.get(`${path}/schedules/${schedule.id}`)).json()
  assert.ok(trouble.startsWith(why), trouble)
  assert.equal((await newest()).description, `schedule By itself started no task: ${trouble}`)

  await store.commit(async (tx) => {
    const row = { project_id: id, template_id: build.id, status: 'success', version: '1' } as const
    await enqueueDeploys(tx, await insertTask(tx.db, { ...row, created: 1 }), 2)
  })
  const [task] = (await api.admin.get(`${path}/templates/${deployed.id}/tasks`)).json()
  assert.equal(task.status, 'error')
  assert.ok(task.reason.startsWith(`not started by itself: ${why}`), task.reason)
  assert.match((await newest()).description, /^task \d+ refused: by build \d+$/)
  const started = (await api.admin.get(`${path}/tasks`))
    .json()
    .filter((one: Body) => !one.build_task_id)
  assert.equal(started.length, 2, 'the first of the project, and the build')
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

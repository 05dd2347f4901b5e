/** Schedules over the API; what runs when is test/server/dispatch/scheduler.test.ts. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { type Api, startApi } from '../../kit/api.ts'
import type { Body } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

const noon = Date.parse('2026-11-29T12:00:00Z')

let api: Api
let project: Project
let all: string
before(async () => {
  const clock = { ...systemClock, now: () => noon }
  api = await startApi({ clock })
  project = await makeProject(api.admin, 'p')
  all = `${project.path}/schedules`
})
after(() => api.close())

async function create(body: object): Promise<Body> {
  const answer = await api.admin.post(all, {
    name: 'n',
    template_id: project.template,
    cron_format: '30 4 * * *',
    active: true,
    ...body,
  })
  assert.equal(answer.status, 201, answer.text)
  return answer.json()
}

async function refused(body: object, error: RegExp): Promise<void> {
  const valid = { template_id: project.template, cron_format: '30 4 * * *', active: true }
  const answer = await api.admin.post(all, { ...valid, ...body })
  assert.equal(answer.status, 400, answer.text)
  assert.match(answer.json().error, error)
}

test('made as Semaphore makes it, read, changed, switched, deleted', async () => {
  const made = await create({ project_id: project.id, task_params: { message: 'm' } })
  assert.deepEqual(made, {
    id: made.id,
    project_id: project.id,
    name: 'n',
    template_id: project.template,
    tpl_name: 'Hello',
    repository_id: null,
    type: '',
    cron_format: '30 4 * * *',
    timezone: null,
    run_at: null,
    delete_after_run: false,
    run_missed: true,
    active: true,
    next_run: '2026-11-30T04:30:00.000Z',
    last_run: null,
    trouble: null,
    task_params: { message: 'm' },
  })
  const one = `${all}/${made.id}`
  assert.deepEqual((await api.admin.get(one)).json(), made)
  assert.equal((await api.admin.put(`${one}/active`, { active: false })).status, 204)
  assert.equal((await api.admin.get(one)).json().next_run, null)
  const change = { ...made, timezone: 'Asia/Tokyo', run_missed: false }
  assert.equal((await api.admin.put(one, change)).status, 204)
  const { id, template_id, cron_format, active } = made
  const known = { id, project_id: project.id, template_id, cron_format, active }
  const semaphores = { ...known, name: 'renamed' }
  assert.equal((await api.admin.put(one, semaphores)).status, 204)
  const changed = (await api.admin.get(one)).json()
  assert.equal(changed.name, 'renamed')
  assert.equal(changed.timezone, 'Asia/Tokyo', 'what its clients do not know stays')
  assert.equal(changed.run_missed, false)
  assert.equal(changed.next_run, '2026-11-29T19:30:00.000Z')
  assert.equal((await api.admin.delete(one)).status, 204)
  assert.equal((await api.admin.get(one)).status, 404)
  assert.equal((await api.admin.put(`${one}/active`, { active: true })).status, 404)
})

test('in lists: of the project, of one template', async () => {
  const { id } = await create({ name: 'of a template', timezone: 'Europe/Berlin' })
  const ofTemplate = await api.admin.get(`${project.path}/templates/${project.template}/schedules`)
  assert.ok(ofTemplate.json().some((one: Body) => one.id === id))
  assert.deepEqual(ofTemplate.json(), (await api.admin.get(all)).json())
  assert.equal((await api.admin.get(`${project.path}/templates/9999/schedules`)).status, 404)
})

test('once, at a time to come', async () => {
  const run_at = '2026-11-29T14:00:00+01:00'
  const made = await create({ type: 'run_at', run_at, cron_format: '', delete_after_run: true })
  assert.equal(made.run_at, '2026-11-29T13:00:00.000Z')
  assert.equal(made.next_run, made.run_at)
  await refused({ type: 'run_at', run_at: '2026-11-29T12:00:00Z' }, /^run_at: expected a time to/)
  await refused({ type: 'run_at' }, /^run_at: expected a time to come, got nothing$/)
  await refused({ type: 'run_at', run_at: 'tomorrow' }, /^run_at: /)
})

test('only for new commits of a repository of the project', async () => {
  const { repository, template } = project
  const made = await create({ repository_id: repository })
  assert.equal(made.repository_id, repository)
  const one = `${all}/${made.id}`
  const change = { name: 'n', template_id: template, cron_format: '@hourly' }
  assert.equal((await api.admin.put(one, change)).status, 204)
  assert.equal((await api.admin.get(one)).json().repository_id, repository, 'it stays')
  assert.equal((await api.admin.delete(`${project.path}/repositories/${repository}`)).status, 409)
  const { schedules } = (
    await api.admin.get(`${project.path}/repositories/${repository}/refs`)
  ).json()
  assert.deepEqual(schedules, [{ id: made.id, name: 'n' }])
  assert.equal((await api.admin.put(one, { ...change, repository_id: null })).status, 204)
  assert.equal((await api.admin.get(one)).json().repository_id, null)
  await refused(
    { repository_id: 9999 },
    /^repository_id: expected an id of this project, got 9999$/,
  )
  await refused(
    { repository_id: repository, type: 'run_at', run_at: '2030-01-01T00:00:00Z' },
    /^repository_id: expected none, since the type is "run_at"$/,
  )
  await api.admin.delete(one)
})

test('what cannot be is refused, and named', async () => {
  await refused({ cron_format: '* * * *' }, /^cron_format: expected minute, hour, day, month and/)
  await refused({ cron_format: null }, /^cron_format: expected minute/)
  await refused({ cron_format: '@every 5 minutes', active: false }, /^cron_format: expected minute/)
  await refused({ cron_format: '0 0 30 2 *' }, /^cron_format: expected times that come/)
  await refused({ timezone: 'Mars/Olympus' }, /^timezone: expected a time zone such as Europe/)
  await refused({ type: 'hourly' }, /^type: expected "", "run_at" or null, got "hourly"$/)
  await refused(
    { template_id: 9999 },
    /^template_id: expected a template of this project, got 9999/,
  )
  await refused({ task_params: { environment: '[' } }, /^environment: expected the JSON text of/)
  await refused({ task_params: { git_branch: 'other' } }, /^git_branch: template Hello does not/)
  await refused({ task_params: { params: { limit: 'x' } } }, /^task_params\.params\.limit: /)
})

test('a secret that slips into task_params is neither kept nor shown', async () => {
  const made = await create({ task_params: { secret: '{"pin": "hunter2"}', message: 'm' } })
  assert.deepEqual(made.task_params, { message: 'm' })
  const rows = await api.context.store.read('schedules').where({ id: made.id })
  assert.doesNotMatch(JSON.stringify(rows), /hunter2/)
})

test('a name that changes leaves what is due due', async () => {
  const made = await create({ cron_format: '0 * * * *' })
  const { store } = api.context
  await store.commit(({ db }) => db('schedules').where({ id: made.id }).update({ next_run: noon }))
  await api.admin.put(`${all}/${made.id}`, { ...made, name: 'other' })
  assert.equal(
    (await api.admin.get(`${all}/${made.id}`)).json().next_run,
    '2026-11-29T12:00:00.000Z',
  )
  await api.admin.put(`${all}/${made.id}`, { ...made, cron_format: '30 * * * *' })
  assert.equal(
    (await api.admin.get(`${all}/${made.id}`)).json().next_run,
    '2026-11-29T12:30:00.000Z',
  )
})

test('validate: the next five times, or what is wrong', async () => {
  const ask = (body: object) => api.admin.post(`${all}/validate`, body)
  const answer = await ask({ cron_format: '0 9 * * mon', timezone: 'Europe/Berlin' })
  assert.deepEqual(answer.json(), {
    next_runs: [
      '2026-11-30T08:00:00.000Z',
      '2026-12-07T08:00:00.000Z',
      '2026-12-14T08:00:00.000Z',
      '2026-12-21T08:00:00.000Z',
      '2026-12-28T08:00:00.000Z',
    ],
  })
  assert.deepEqual((await ask({ cron_format: '0 0 30 2 *' })).json(), { next_runs: [] })
  for (const body of [{ cron_format: 'x' }, { cron_format: '@daily', timezone: 'x' }, {}]) {
    assert.equal((await ask(body)).status, 400)
  }
})

test('a template with a schedule cannot be deleted; a project can', async () => {
  const other = await makeProject(api.admin, 'other')
  const { store } = api.context
  await store.commit(({ db }) => db('tasks').where({ id: other.task }).update({ status: 'error' }))
  const template = `${other.path}/templates/${other.template}`
  const answer = await api.admin.delete(template)
  assert.equal(answer.status, 409)
  assert.equal(answer.json().error, 'template Hello is in use by schedule Nightly')
  assert.equal((await api.admin.delete(other.path)).status, 204)
  assert.deepEqual(await store.read('schedules').where({ project_id: other.id }), [])
})

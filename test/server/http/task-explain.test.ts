import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AppError } from '../../../lib/errors.ts'
import { type Api, startApi } from '../../kit/api.ts'
import type { Client } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
let other: Project
/** How long every runner is silent beyond its lease, as the engine counts it. */
let silentMs = 0
before(async () => {
  api = await startApi({ silentMs: () => silentMs })
  project = await makeProject(api.admin, 'home')
  other = await makeProject(api.admin, 'other')
})
after(() => api.close())

const explain = (task: number, at = project, client: Client = api.admin) =>
  client.get(`${at.path}/tasks/${task}/explain`)

/** The rows as a runner and the dispatcher would have left them. */
async function set(table: string, where: object, columns: object): Promise<void> {
  await api.context.store.commit(
    async ({ db }) => void (await db(table).where(where).update(columns)),
  )
}

test('why a task waits: what must change comes first', async () => {
  const { admin } = api
  const first = await explain(project.task)
  assert.equal(first.status, 200)
  const created = (await admin.get(`${project.path}/tasks/${project.task}`)).json().created
  assert.deepEqual(first.json(), {
    task_id: project.task,
    status: 'waiting',
    findings: [
      {
        code: 'no-runner',
        text: 'there is no runner that serves this project',
        since: created,
        until: null,
        runner_id: null,
        task_id: null,
      },
    ],
  })

  const id = (await admin.post('/api/runners', { name: 'edge', tags: ['cpu'] })).json().id
  await admin.post('/api/runners', { name: 'elsewhere', project_id: other.id, tags: ['gpu'] })
  const template = `${project.path}/templates/${project.template}`
  await admin.put(template, { ...(await admin.get(template)).json(), runner_tag: 'gpu' })
  const tagged = (await explain(project.task)).json().findings
  assert.deepEqual(
    tagged.map(({ text }: { text: string }) => text),
    [`no runner has the tag gpu (runner ${id} 'edge' has cpu)`],
  )

  await admin.put(`/api/runners/${id}`, { tags: ['cpu', 'gpu'] })
  const [away] = (await explain(project.task)).json().findings
  assert.deepEqual([away.code, away.runner_id, away.since], ['runner-offline', id, null])
})

test('the facts come from where the dispatcher looks: slots, limits, the queue, the template', async () => {
  const here = await makeProject(api.admin, 'busy')
  const start = async (): Promise<number> =>
    (await api.admin.post(`${here.path}/tasks`, { template_id: here.template })).json().id
  const own = { name: 'own', project_id: here.id, max_parallel_tasks: 1 }
  const { id: runner } = (await api.admin.post('/api/runners', own)).json()
  await set('runners', { id: runner }, { online: true, touched: 1000 })
  const [second, third] = [await start(), await start()]
  await api.context.store.commit(async ({ db }) => {
    const row = { task_id: here.task, attempt: 1, runner_id: runner, phase: 'started' }
    await db('attempts').insert({ ...row, offered: 1000, started: 2000 })
  })
  await set('tasks', { id: here.task }, { status: 'running', attempt: 1, runner_id: runner })

  const codes = async (task: number) =>
    (await explain(task, here)).json().findings.map(({ code }: { code: string }) => code)
  const texts = async (task: number) =>
    (await explain(task, here)).json().findings.map(({ text }: { text: string }) => text)
  // The general runner of the test before has tags, so it is none for these tasks.
  assert.deepEqual(await texts(third), [
    `the only runner that may take it, runner ${runner} 'own', runs 1 of 1 task`,
    '1 task is ahead of it',
  ])
  assert.deepEqual(await codes(second), ['runner-full'])
  await set('runners', { id: runner }, { max_parallel_tasks: 0 })
  assert.deepEqual(await codes(second), ['next'])
  await set('projects', { id: here.id }, { max_parallel_tasks: 1 })
  await set('templates', { id: here.template }, { allow_parallel_tasks: false })
  assert.deepEqual(await codes(second), ['template-busy', 'project-limit'])

  const unacked = [{ task: here.task, attempt: 1, bytes: 1_248_000, lines: 340 }]
  await set('runners', { id: runner }, { unacked: JSON.stringify(unacked) })
  await set('attempts', { task_id: here.task }, { bytes: 8_000 })
  assert.match(
    (await texts(here.task))[1],
    /^340 lines of its log were not .* when runner \d+ 'own' was last heard, at \S+Z; 1\.2 MB are still to come$/,
  )
  await set('runners', { id: runner }, { unacked: '[]' })

  await set('runners', { id: runner }, { online: false })
  await set('tasks', { id: here.task }, { status: 'unreachable', unreachable_since: 1000 })
  const [silent, grace] = (await explain(here.task, here)).json().findings
  assert.deepEqual([silent.code, silent.runner_id, grace.code], ['unreachable', runner, 'grace'])
  const left = Date.parse(grace.until) - Date.now()
  assert.ok(left > 590_000 && left <= 600_000, `${left}: the server's grace`)
  await set('templates', { id: here.template }, { silence_grace_sec: 60 })
  const shorter = (await explain(here.task, here)).json().findings[1]
  assert.ok(Date.parse(shorter.until) - Date.now() <= 60_000)
  silentMs = 59_000
  const soon = (await explain(here.task, here)).json().findings[1]
  assert.ok(Date.parse(soon.until) - Date.now() <= 1_000, "by the engine's count, not by the row")
  silentMs = 0

  await api.admin.delete(`/api/runners/${runner}`)
  assert.deepEqual(await codes(here.task), ['ended'])
  const [ended] = await texts(here.task)
  assert.match(ended, new RegExp(`^it failed on runner ${runner} \\(removed\\) .*was removed$`))
})

test('webhooks are named without their address, alarms without their details', async () => {
  const here = await makeProject(api.admin, 'told')
  const hook = { name: 'ops', url: 'https://hooks.example/secret-path', events: ['task.finished'] }
  const { id } = (await api.admin.post(`${here.path}/webhooks`, hook)).json()
  assert.equal((await api.admin.post(`${here.path}/tasks/${here.task}/stop`, {})).status, 204)
  await set(
    'deliveries',
    { webhook_id: id },
    { tries: 2, last_status: 503, last_error: 'secret-path' },
  )
  const { findings } = (await explain(here.task, here)).json()
  assert.deepEqual(
    findings.map(({ code }: { code: string }) => code),
    ['ended', 'webhook-pending'],
  )
  assert.match(
    findings[1].text,
    /^webhook \d+ 'ops' is not told yet: try 2 brought HTTP status 503, /,
  )
  assert.doesNotMatch(JSON.stringify(findings), /secret-path/)
})

test('what ails the server itself comes before all else, without its paths', async () => {
  const ailing = await startApi({ ready: () => ['not connected to the broker'] })
  try {
    const { task, path } = await makeProject(ailing.admin, 'home')
    const paused = new AppError('unavailable', '/var/lib/outstation/database.sqlite: disk full')
    Object.defineProperty(ailing.context.store, 'paused', { value: paused })
    const { text, json } = await ailing.admin.get(`${path}/tasks/${task}/explain`)
    assert.doesNotMatch(text, /var.lib/)
    const [disk, broker, runner] = json().findings
    assert.match(disk.text, /^the server cannot work \(its disk is full or fails\): /)
    assert.match(broker.text, /^the server cannot work \(not connected to the broker\): /)
    assert.deepEqual([disk.code, runner.code], ['server-trouble', 'no-runner'])
  } finally {
    await ailing.close()
  }
})

test('only to members, and only of tasks of the project in the path', async () => {
  const { client: ann } = await api.user('ann')
  assert.equal((await explain(project.task, project, ann)).status, 404)
  assert.equal((await explain(project.task, project, api.stranger)).status, 401)
  for (const task of [other.task, 999_999]) {
    const answer = await explain(task)
    assert.deepEqual([answer.status, answer.json().error], [404, `task ${task}: not found`])
  }
  assert.equal((await api.admin.get(`${project.path}/tasks/x/explain`)).status, 400)
  await api.admin.post(`${project.path}/users`, {
    user_id: (await ann.get('/api/user')).json().id,
    role: 'guest',
  })
  assert.equal((await explain(project.task, project, ann)).status, 200)
})

/** What other services send, and what comes of it. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { type Api, startApi } from '../../kit/api.ts'
import type { Answer, Body } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

const secret = 'hunter2-of-the-hook'
let passed = 0

let api: Api
let project: Project
let all: string
let key: number
before(async () => {
  api = await startApi({ clock: { ...systemClock, monotonic: () => passed } })
  project = await makeProject(api.admin, 'p')
  all = `${project.path}/integrations`
  const login_password = { login: 'hook', password: secret }
  const body = { name: 'Hook', type: 'login_password', login_password }
  key = (await api.admin.post(`${project.path}/keys`, body)).json().id
})
after(() => api.close())

async function create(path: string, body: object): Promise<Body> {
  const answer = await api.admin.post(path, body)
  assert.ok(answer.status < 300, answer.text)
  return answer.json()
}

async function integration(columns: object = {}): Promise<{ id: number; path: string }> {
  const { id } = await create(all, { name: 'i', template_id: project.template, ...columns })
  const { url } = await create(`${all}/${id}/aliases`, {})
  return { id, path: new URL(url).pathname }
}

function send(path: string, body: string | object, headers: object = {}): Promise<Answer> {
  // Not all from one address within a minute.
  passed += 60_000
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return api.stranger.send('POST', path, { body: text, headers: { ...headers } })
}

async function taskOf(answer: Answer): Promise<Body> {
  assert.equal(answer.status, 204, answer.text)
  const id = answer.headers['x-semaphore-task-id']
  return (await api.admin.get(`${project.path}/tasks/${id}`)).json()
}

const body = '{"ref":"refs/heads/main"}'
const digest = createHmac('sha256', secret).update(body).digest('hex')
const other = createHmac('sha256', 'another').update(body).digest('hex')
const basic = (login: string, password: string) =>
  `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`

for (const [method, right, wrong] of [
  ['token', { 'x-auth': secret }, [{ 'x-auth': 'guess' }, { 'x-auth': '' }, {}]],
  ['hmac', { 'x-auth': digest }, [{ 'x-auth': other }, { 'x-auth': secret }, {}]],
  [
    'github',
    { 'x-hub-signature-256': `sha256=${digest}` },
    [{ 'x-hub-signature-256': digest }, { 'x-hub-signature-256': `sha256=${other}` }, {}],
  ],
  [
    'bitbucket',
    { 'x-hub-signature': `sha256=${digest}` },
    [{ 'x-hub-signature': 'sha256=' }, { 'x-hub-signature': `sha1=${digest}` }, {}],
  ],
  [
    'basic',
    { authorization: basic('hook', secret) },
    [{ authorization: basic('hook', 'x') }, { authorization: basic('x', secret) }, {}],
  ],
] as const) {
  test(`${method}: who has the secret starts a task, who has not learns nothing`, async () => {
    const columns = { auth_method: method, auth_secret_id: key, auth_header: 'X-Auth' }
    const { id, path } = await integration(columns)
    const nowhere = await send('/api/integrations/nothing-there', body)
    assert.equal(nowhere.status, 404)
    for (const headers of wrong) {
      const answer = await send(path, body, headers)
      assert.equal(answer.status, 404, JSON.stringify(headers))
      assert.equal(answer.text, nowhere.text)
    }
    if (method !== 'token' && method !== 'basic') {
      assert.equal((await send(path, `${body} `, right)).status, 404, 'another body')
    }
    const task = await taskOf(await send(path, body, right))
    assert.deepEqual([task.integration_id, task.user_id], [id, null])
    assert.equal(task.template_id, project.template)
    const tasks: Body[] = (await api.admin.get(`${project.path}/tasks`)).json()
    assert.equal(tasks.filter((one) => one.integration_id === id).length, 1)
  })
}

test('a key that has lost its secret lets nobody in', async () => {
  const string = await create(`${project.path}/keys`, { name: 's', type: 'string', string: 'x' })
  const columns = { auth_method: 'token', auth_secret_id: string.id, auth_header: 'X-Auth' }
  const { path } = await integration(columns)
  assert.equal((await send(path, '', { 'x-auth': 'x' })).status, 204)
  const change = { name: 's', type: 'none', override_secret: true }
  assert.equal((await api.admin.put(`${project.path}/keys/${string.id}`, change)).status, 204)
  for (const headers of [{}, { 'x-auth': '' }, { 'x-auth': 'x' }]) {
    assert.equal((await send(path, '', headers)).status, 404)
  }
})

test('values of a request become extra variables, or fields of the task', async () => {
  const { id, path } = await integration({
    task_params: { environment: '{"fixed": 1, "who": "nobody"}', message: 'a hook' },
  })
  const hostile = '--limit=all; rm -rf / $(id) `id`'
  for (const value of [
    { variable: 'who', value_source: 'header', key: 'X-Who' },
    { variable: 'author', value_source: 'body', body_data_type: 'json', key: 'c.[1].author' },
    { variable: 'count', value_source: 'body', body_data_type: 'json', key: 'count' },
    { variable: 'all', value_source: 'body', body_data_type: 'json', key: 'c' },
    { variable: 'none', value_source: 'body', body_data_type: 'json', key: 'c.length' },
    { variable: 'proto', value_source: 'body', body_data_type: 'json', key: '__proto__.x' },
    { variable: 'raw', value_source: 'body', body_data_type: 'string' },
    { variable: 'limit', variable_type: 'task', value_source: 'header', key: 'X-Hosts' },
    { variable: 'dry_run', variable_type: 'task', value_source: 'header', key: 'X-Dry' },
  ]) {
    await create(`${all}/${id}/values`, { name: value.variable, ...value })
  }
  const sent = JSON.stringify({ count: 2, c: [{}, { author: hostile }] })
  const headers = { 'x-who': 'ann', 'x-hosts': 'web, db', 'x-dry': 'true' }
  const task = await taskOf(await send(path, sent, headers))
  assert.deepEqual(JSON.parse(task.environment), {
    fixed: 1,
    who: 'ann',
    author: hostile,
    count: '2',
    all: JSON.stringify([{}, { author: hostile }]),
    raw: sent,
  })
  assert.deepEqual(task.params, { limit: ['web', 'db'], dry_run: true })
  assert.equal(task.arguments, '[]')
  assert.equal(task.message, 'a hook')
})

test('what the template refuses starts nothing: the sender is told nothing, the events are', async () => {
  const { id, path } = await integration({ name: 'eager' })
  const value = { name: 'b', variable: 'git_branch', variable_type: 'task' }
  await create(`${all}/${id}/values`, { ...value, value_source: 'header', key: 'X-Branch' })
  const answer = await send(path, '', { 'x-branch': 'other' })
  assert.deepEqual([answer.status, answer.headers['x-semaphore-task-id']], [204, undefined])
  const events: Body[] = (await api.admin.get(`${project.path}/events`)).json()
  assert.match(
    events[0].description,
    /^integration eager started no task: git_branch: template Hel/,
  )

  const long = await integration({ name: 'long' })
  const raw = { value_source: 'body', body_data_type: 'string', variable: 'raw' }
  await create(`${all}/${long.id}/values`, { name: 'raw', ...raw })
  for (const text of ['x'.repeat(70_000), 'a\0b']) {
    const refused = await send(long.path, text)
    assert.deepEqual([refused.status, refused.headers['x-semaphore-task-id']], [204, undefined])
  }
})

test('an address of the project leads to those that are searchable and match', async () => {
  const { url } = await create(`${all}/aliases`, {})
  const path = new URL(url).pathname
  const matching = async (name: string, columns: object, matchers: object[]) => {
    const { id } = await integration({ name, ...columns })
    for (const matcher of matchers) await create(`${all}/${id}/matchers`, { name, ...matcher })
    return id
  }
  const isMain = { match_type: 'body', body_data_type: 'json', key: 'ref', method: 'equals' }
  const isPush = { match_type: 'header', key: 'X-Event', method: 'equals', value: 'push' }
  const main = { ...isMain, value: 'main' }
  assert.equal((await send(path, { ref: 'main' })).status, 404, 'nothing is searchable')
  const both = await matching('both', { searchable: true }, [main, isPush])
  const not = await matching('not', { searchable: true }, [{ ...main, method: 'unequals' }])
  const text = { match_type: 'body', body_data_type: 'string', method: 'contains', value: 'skip' }
  const skip = await matching('skip', { searchable: true }, [text])
  await matching('hidden', { searchable: false }, [main])
  await matching('all', { searchable: true }, [])
  const started = async (body: object, headers: object = {}) => {
    const [before] = await api.context.store.read('tasks').max('id as id')
    assert.equal((await send(path, body, headers)).status, 204)
    const rows = api.context.store.read('tasks').where('id', '>', Number(before?.id))
    return await rows.orderBy('id').pluck('integration_id')
  }
  assert.deepEqual(await started({ ref: 'main' }, { 'x-event': 'push' }), [both])
  assert.deepEqual(await started({ ref: 'main' }, { 'x-event': 'tag' }), [])
  assert.deepEqual(await started({ ref: 'dev', why: 'skip' }), [not, skip])
  assert.deepEqual(await started({}), [not])
})

test('what is too large or comes too often is refused', async () => {
  const { path } = await integration()
  assert.equal((await send(path, 'x'.repeat(1_048_577))).status, 413)
  assert.equal((await send(path, 'x', { 'content-type': 'text/plain' })).status, 204)
  assert.equal((await send(path, '{', { 'content-type': 'application/json' })).status, 204)
  passed += 60_000
  const answers: Answer[] = []
  for (let count = 0; count < 121; count += 1) {
    answers.push(await api.stranger.send('POST', '/api/integrations/guess'))
  }
  assert.equal(answers.at(-2)?.status, 404)
  assert.equal(answers.at(-1)?.status, 429)
  assert.ok(answers.at(-1)?.headers['retry-after'])
  passed += 60_000
})

test('no answer of the API ever held the secret', () => {
  assert.ok(api.seen.length > 50)
  for (const text of api.seen) assert.ok(!text.includes(secret))
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sha256hex } from '../../../lib/ids.ts'
import { type Api, registrationToken, startApi } from '../../kit/api.ts'
import { makeProject } from '../../kit/project.ts'

let api: Api
before(async () => {
  api = await startApi({ admitRunner: () => {} })
})
after(() => api.close())

const internal = '/api/internal/runners'
const runnerToken = /^osr_(\d+)_[\w-]{43}$/

test('an admin creates, sees, changes, rotates and removes a runner; the broker hears of it at once', async () => {
  const { admin, told } = api
  const made = await admin.post('/api/runners', {
    name: 'edge',
    max_parallel_tasks: 2,
    webhook: '',
  })
  assert.equal(made.status, 201)
  const { token, ...runner } = made.json()
  assert.equal(runnerToken.exec(token)?.[1], String(runner.id))
  assert.deepEqual(told.splice(0), [{ put: { id: runner.id, tokenHash: sha256hex(token), token } }])
  assert.deepEqual(
    { ...runner, created: undefined },
    {
      id: runner.id,
      project_id: null,
      name: 'edge',
      webhook: '',
      max_parallel_tasks: 2,
      active: true,
      tags: [],
      is_default: true,
      registered: true,
      status: 'offline',
      version: null,
      os: null,
      host: null,
      address: null,
      started_at: null,
      round_trip_ms: null,
      running_tasks: 0,
      free_slots: 2,
      key_id: null,
      touched: null,
      cleaning_requested: null,
      alarms: [],
      created: undefined,
    },
  )
  const path = `/api/runners/${runner.id}`
  assert.deepEqual((await admin.get(path)).json(), runner)
  assert.deepEqual((await admin.get('/api/runners')).json(), [runner])

  assert.equal((await admin.put(path, { name: 'edge 2' })).status, 204)
  assert.equal((await admin.post(`${path}/active`, { active: false })).status, 204)
  const { name, active, max_parallel_tasks } = (await admin.get(path)).json()
  assert.deepEqual([name, active, max_parallel_tasks], ['edge 2', false, 2])
  assert.deepEqual(told, [], "a name is not the broker's business")

  const rotated = (await admin.post(`${path}/token`)).json()
  assert.notEqual(rotated.token, token)
  const tokenHash = sha256hex(rotated.token)
  assert.deepEqual(told.splice(0), [{ put: { id: runner.id, tokenHash, token: rotated.token } }])
  assert.equal((await api.stranger.with({ 'x-runner-token': token }).get(internal)).status, 401)

  assert.equal((await admin.delete(path)).status, 204)
  assert.deepEqual(told.splice(0), [{ remove: runner.id }])
  for (const answer of [await admin.get(path), await admin.delete(path)]) {
    assert.deepEqual([answer.status, answer.json().error], [404, `runner ${runner.id}: not found`])
  }
})

test('a runner registers, finds the broker, and unregisters', async () => {
  const { stranger, told, http } = api
  const answer = await stranger.post(internal, {
    registration_token: registrationToken,
    name: 'behind-nat',
    webhook: 'https://hook.example/x',
    max_parallel_tasks: 3,
    tags: ['edge'],
  })
  assert.equal(answer.status, 200)
  const { token, id, mqtt } = answer.json()
  assert.match(token, runnerToken)
  assert.deepEqual(mqtt, {
    urls: ['mqtts://127.0.0.1:8883', `wss://127.0.0.1:${http.port}/mqtt`],
    prefix: 'outstation/v1',
  })
  assert.deepEqual(told.splice(0), [{ put: { id, tokenHash: sha256hex(token), token } }])

  const runner = stranger.with({ 'x-runner-token': token })
  const { registered, ...found } = (await runner.get(internal)).json()
  const server_key = { key: api.context.signing.public, via: [] }
  assert.deepEqual(found, { id, name: 'behind-nat', mqtt, server_key, keys: null })
  assert.ok(Date.parse(registered) <= Date.now())
  assert.equal((await runner.delete(internal)).status, 204)
  assert.deepEqual(told.splice(0), [{ remove: id }])
  for (const method of ['GET', 'DELETE']) {
    const gone = await runner.send(method, internal)
    assert.deepEqual([gone.status, gone.json()], [401, { error: 'Invalid token' }])
  }
  for (const wrong of ['', 'x', `osr_${id}_`, `osr_999_${'a'.repeat(43)}`]) {
    const client = stranger.with({ 'x-runner-token': wrong })
    assert.equal((await client.get(internal)).status, 401)
  }
})

test('a runner with tags keeps itself for tasks that ask for one, unless it is told otherwise', async () => {
  const { admin, stranger } = api
  const rights = async (id: number) => {
    const { tags, is_default } = (await admin.get(`/api/runners/${id}`)).json()
    return { tags, is_default }
  }
  const created = async (body: object) => (await admin.post('/api/runners', body)).json().id
  const tagged = await created({ tags: [' gpu', 'gpu', '', 'Big'] })
  assert.deepEqual(await rights(tagged), { tags: ['gpu', 'Big'], is_default: false })
  const both = await created({ tags: ['gpu'], is_default: true })
  assert.deepEqual(await rights(both), { tags: ['gpu'], is_default: true })
  const none = await created({ is_default: false })
  assert.deepEqual(await rights(none), { tags: [], is_default: false })

  await admin.put(`/api/runners/${tagged}`, { tags: ['cpu'] })
  assert.deepEqual(await rights(tagged), { tags: ['cpu'], is_default: false })
  await admin.put(`/api/runners/${tagged}`, { is_default: true })
  assert.deepEqual(await rights(tagged), { tags: ['cpu'], is_default: true })
  for (const tags of ['gpu', [1], ['x'.repeat(256)]]) {
    assert.equal((await admin.post('/api/runners', { tags })).status, 400)
  }

  const registration = { registration_token: registrationToken, tags: ['edge'] }
  const { id } = (await stranger.post(internal, registration)).json()
  assert.deepEqual(await rights(id), { tags: ['edge'], is_default: false })
})

test('the tags that a template may ask for', async () => {
  const { admin, user } = await startedAgain()
  const here = await makeProject(admin, 'here')
  const there = await makeProject(admin, 'there')
  await admin.post('/api/runners', { tags: ['gpu', 'big'] })
  await admin.post('/api/runners', { tags: ['gpu'], project_id: here.id })
  await admin.post('/api/runners', { tags: ['secret'], project_id: there.id })
  const general = [
    { tag: 'big', number_of_runners: 1 },
    { tag: 'gpu', number_of_runners: 1 },
  ]
  assert.deepEqual((await admin.get('/api/runner_tags')).json(), general)
  const own = [general[0], { tag: 'gpu', number_of_runners: 2 }]
  assert.deepEqual((await admin.get(`${here.path}/runner_tags`)).json(), own)
  const { client: ann } = await user('ann')
  assert.equal((await ann.get('/api/runner_tags')).status, 403)
  assert.equal((await ann.get(`${here.path}/runner_tags`)).status, 404)

  const template = (await admin.get(`${here.path}/templates/${here.template}`)).json()
  assert.equal(template.runner_tag, null)
  await admin.put(`${here.path}/templates/${here.template}`, { ...template, runner_tag: ' gpu ' })
  const changed = (await admin.get(`${here.path}/templates/${here.template}`)).json()
  assert.deepEqual(changed, { ...template, runner_tag: 'gpu' })
  await admin.put(`${here.path}/templates/${here.template}`, { ...template, runner_tag: '' })
  assert.deepEqual((await admin.get(`${here.path}/templates/${here.template}`)).json(), template)
})

test('without the right registration token: 400, and after twenty tries 429', async () => {
  const { stranger } = await startedAgain()
  const bad = { registration_token: 'guess' }
  assert.equal((await stranger.post(internal, {})).status, 400)
  for (let n = 0; n < 20; n++) {
    const answer = await stranger.post(internal, bad)
    assert.deepEqual([answer.status, answer.json()], [400, { error: 'Invalid registration token' }])
  }
  assert.equal((await stranger.post(internal, bad)).status, 429)
  assert.equal(
    (await stranger.post(internal, { registration_token: registrationToken })).status,
    429,
  )
})

test('no registration token configured: an empty one does not help', async () => {
  const { stranger } = await startedAgain({ runner_registration_token: undefined })
  const answer = await stranger.post(internal, { registration_token: '' })
  assert.deepEqual([answer.status, answer.json()], [400, { error: 'Invalid registration token' }])
})

test('a broker that is away does not lose the token that was made', async () => {
  const away = async () => {
    throw new Error('broker away')
  }
  const { admin } = await startedAgain({}, { sync: away, put: away, remove: away })
  const made = await admin.post('/api/runners', {})
  assert.equal(made.status, 201)
  assert.equal((await admin.delete(`/api/runners/${made.json().id}`)).status, 204)
})

test('a token is kept, sealed, only for an external broker', async () => {
  const { admin, context } = await startedAgain({
    broker: { ...api.context.config.broker, mode: 'external', url: 'mqtts://mosquitto:8883' },
  })
  const { id, token } = (await admin.post('/api/runners', {})).json()
  const { token_sealed } = await context.store.read('runners').where({ id }).first()
  assert.ok(!token_sealed.includes(token))
  assert.equal(context.cipher.open(`runner_token/${id}`, token_sealed), token)
  const { mqtt } = (await admin.with({ 'x-runner-token': token }).get(internal)).json()
  assert.deepEqual(mqtt.urls, ['mqtts://mosquitto:8883'])
  const own = (await api.admin.post('/api/runners', {})).json()
  const row = await api.context.store.read('runners').where({ id: own.id }).first()
  assert.equal(row.token_sealed, null)
})

test('wrong fields and projects that are not there are refused', async () => {
  const { admin } = api
  const refuse = async (body: object, error: RegExp) => {
    const answer = await admin.post('/api/runners', body)
    assert.equal(answer.status, 400)
    assert.match(answer.json().error, error)
  }
  await refuse({ webhook: 'file:///etc/passwd' }, /^webhook: expected/)
  await refuse({ max_parallel_tasks: -1 }, /^max_parallel_tasks: expected/)
  await refuse({ project_id: 99 }, /^project_id: expected the id of a project, got 99$/)
  const project = await makeProject(admin, 'p')
  const made = await admin.post('/api/runners', { project_id: project.id })
  assert.equal(made.json().project_id, project.id)

  // The runners of a project go with it, and their connections with them.
  await admin.post(`${project.path}/tasks/${project.task}/stop`, {})
  api.told.splice(0)
  assert.equal((await admin.delete(project.path)).status, 204)
  assert.deepEqual(api.told, [{ remove: made.json().id }])
  assert.equal((await admin.get(`/api/runners/${made.json().id}`)).status, 404)
})

const started: Api[] = []
after(() => Promise.all(started.map((one) => one.close())))
async function startedAgain(
  config: Partial<Api['context']['config']> = {},
  credentials = api.context.credentials,
): Promise<Api> {
  const one = await startApi({ config: { ...api.context.config, ...config }, credentials })
  started.push(one)
  return one
}

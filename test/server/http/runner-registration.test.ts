/** A runner that is made before it is there, and the one-time token with which one machine becomes it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { sha256hex } from '../../../lib/ids.ts'
import { type Api, startApi } from '../../kit/api.ts'
import { makeProject } from '../../kit/project.ts'

const internal = '/api/internal/runners'

let api: Api
let offset = 0
before(async () => {
  api = await startApi({ clock: { ...systemClock, now: () => Date.now() + offset } })
})
after(() => api.close())

async function announced(body: object = {}) {
  const made = await api.admin.post('/api/runners', { ...body, registered: false })
  assert.equal(made.status, 201)
  const path = `/api/runners/${made.json().id}`
  return {
    made: made.json(),
    path,
    invite: async (): Promise<string> =>
      (await api.admin.post(`${path}/registration-token`)).json().registration_token,
    now: async () => (await api.admin.get(path)).json(),
  }
}

const register = (registration_token: string, body: object = {}) =>
  api.stranger.post(internal, { registration_token, ...body })

async function refused(token: string): Promise<void> {
  const answer = await register(token)
  assert.deepEqual([answer.status, answer.json()], [400, { error: 'Invalid registration token' }])
}

test('it has no token, and the broker does not know it, until somebody registers as it', async () => {
  const { made, path, invite, now } = await announced({ name: 'pump', tags: ['edge'] })
  assert.deepEqual([made.registered, made.status, made.token], [false, 'offline', undefined])
  assert.deepEqual(api.told, [])
  const answer = await api.admin.post(`${path}/registration-token`)
  assert.equal(answer.status, 200)
  const { registration_token, ...of } = answer.json()
  assert.deepEqual(of, { runner_id: made.id, project_id: null })
  const row = await api.context.store.read('runners').where({ id: made.id }).first()
  assert.equal(row.registration_hash, sha256hex(registration_token), 'only its hash is stored')

  const newer = await invite()
  await refused(registration_token)
  const { id, token } = (await register(newer, { name: 'x', tags: ['prod'] })).json()
  assert.equal(id, made.id)
  assert.deepEqual(api.told.splice(0), [{ put: { id, tokenHash: sha256hex(token), token } }])
  const { registered, name, tags } = await now()
  assert.deepEqual([registered, name, tags], [true, 'pump', ['edge']], 'the admin has said it')
  const { status } = await api.stranger.with({ 'x-runner-token': token }).get(internal)
  assert.equal(status, 200)
})

test('the token counts once, whoever asks first, and nobody gets a runner that somebody has', async () => {
  const { path, invite } = await announced()
  const token = await invite()
  const answers = await Promise.all([register(token), register(token), register(token)])
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400])
  const again = await api.admin.post(`${path}/registration-token`)
  assert.equal(again.status, 400)
  assert.match(again.json().error, /^runner \d+ is already registered; have its token replaced/)

  const { path: rotated, invite: inviteOther } = await announced()
  const late = await inviteOther()
  const { token: own } = (await api.admin.post(`${rotated}/token`)).json()
  await refused(late)
  const { status } = await api.stranger.with({ 'x-runner-token': own }).get(internal)
  assert.equal(status, 200, 'it has the token that an admin made for it')
})

test('the token counts for an hour, and only as it was made', async () => {
  const { made, invite } = await announced()
  const token = await invite()
  for (const wrong of [token.slice(0, -1), `${token}x`, token.replace('osg_', 'osr_'), '']) {
    await refused(wrong)
  }
  const other = await announced()
  await refused(token.replace(`_${made.id}_`, `_${other.made.id}_`))
  offset += 3600_000 - 5000
  const fresh = await announced()
  const inTime = await fresh.invite()
  offset += 5000
  await refused(token)
  assert.equal((await register(inTime)).status, 200)
})

test('what the admin left empty the machine says; the project and the tags it does not', async () => {
  const project = await makeProject(api.admin, 'p')
  const { made, invite, now } = await announced({ project_id: project.id, max_parallel_tasks: 2 })
  const token = await invite()
  const elsewhere = await register(token, { project_id: project.id + 1 })
  assert.equal(elsewhere.status, 400)
  assert.match(elsewhere.json().error, /^project_id: expected \d+, got \d+$/)
  const said = { name: 'shed', webhook: 'https://hook.example/', max_parallel_tasks: 9 }
  const answer = await register(token, { ...said, enabled: false, tags: ['prod'] })
  assert.equal(answer.status, 200, 'the refusal has not spent the token')
  const { name, webhook, max_parallel_tasks, active, tags, project_id } = await now()
  assert.deepEqual(
    [name, webhook, max_parallel_tasks, active, tags, project_id],
    ['shed', 'https://hook.example/', 2, false, [], project.id],
  )
  assert.equal(answer.json().id, made.id)
})

test('a server without a registration token of its own takes one-time tokens', async () => {
  const config = { ...api.context.config, runner_registration_token: undefined }
  const closed = await startApi({ config })
  try {
    const { id } = (await closed.admin.post('/api/runners', { registered: false })).json()
    const invited = await closed.admin.post(`/api/runners/${id}/registration-token`)
    const { registration_token } = invited.json()
    assert.equal((await closed.stranger.post(internal, { registration_token })).status, 200)
  } finally {
    await closed.close()
  }
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { type Api, startApi } from '../../kit/api.ts'

let api: Api
let offset = 0
before(async () => {
  const clock = {
    ...systemClock,
    now: () => Date.now() + offset,
    monotonic: () => performance.now() + offset,
  }
  api = await startApi({ clock })
})
after(() => api.close())

const login = (auth: string, password: string) =>
  api.stranger.post('/api/auth/login', { auth, password })

test('a wrong password and an unknown login look the same', async () => {
  const wrong = await login('admin', 'x')
  const unknown = await login('nobody', 'x')
  assert.equal(wrong.status, 401)
  assert.deepEqual(wrong.json(), { error: 'wrong login or password' })
  assert.deepEqual([unknown.status, unknown.json()], [401, wrong.json()])
  assert.equal(wrong.headers['set-cookie'], undefined)
  assert.equal((await api.stranger.post('/api/auth/login', { auth: 'admin' })).status, 400)
})

test('ten tries of one account, sent at once or not, then 429 with Retry-After; others go on', async () => {
  await api.user('victim')
  const tries = await Promise.all(Array.from({ length: 15 }, () => login('victim', 'guess')))
  const statuses = tries.map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 401).length, 10)
  assert.equal(statuses.filter((status) => status === 429).length, 5)
  const refused = tries.find(({ status }) => status === 429)
  assert.match(refused?.json().error, /^too many tries; try again in \d+ s$/)
  assert.ok(Number(refused?.headers['retry-after']) > 200)
  assert.equal((await login('victim', 'password of victim')).status, 429)
  assert.equal((await login('admin', 'password of admin')).status, 204)
  offset += 5 * 60_000
  assert.equal((await login('victim', 'password of victim')).status, 204)
})

test('a session ends by its time, by logout and by a new password', async () => {
  const { id } = await api.user('eve')
  const session = async (password: string) => {
    const answer = await login('eve', password)
    assert.equal(answer.status, 204)
    return api.stranger.with({
      cookie: String(answer.headers['set-cookie']).split(';')[0] as string,
    })
  }
  const status = async (client: Api['stranger']) => (await client.get('/api/user')).status

  const first = await session('password of eve')
  assert.equal(await status(first), 200)
  offset += 7 * 24 * 3600_000
  assert.equal(await status(first), 401)

  const [second, third] = [await session('password of eve'), await session('password of eve')]
  assert.equal((await second.post('/api/auth/logout')).status, 204)
  assert.deepEqual([await status(second), await status(third)], [401, 200])

  const changed = await third.post(`/api/users/${id}/password`, { password: 'another' })
  assert.equal(changed.status, 204)
  assert.equal(await status(third), 401)
  assert.equal((await login('eve', 'password of eve')).status, 401)
  assert.equal(await status(await session('another')), 200)
})

test('users: admins manage them, everybody manages themselves, nobody makes themselves admin', async () => {
  const { admin } = api
  const made = await admin.post('/api/users', {
    username: 'bob',
    name: 'Bob',
    email: 'bob@example.org',
    password: 'bobs password',
  })
  assert.equal(made.status, 201)
  const { id } = made.json()
  assert.equal((await login('bob', 'bobs password')).status, 204)
  const twice = await admin.post('/api/users', {
    username: 'bob',
    name: 'Bob',
    email: 'bob2@example.org',
    password: 'x',
  })
  assert.deepEqual([twice.status, twice.json().error], [409, 'login: bob is taken by another user'])

  const { client: ann, id: annId } = await api.user('ann')
  assert.equal((await ann.get('/api/users')).status, 403)
  assert.equal((await ann.get(`/api/users/${id}`)).status, 403)
  assert.equal((await ann.put(`/api/users/${id}`, { name: 'x' })).status, 403)
  assert.equal((await ann.post(`/api/users/${id}/password`, { password: 'x' })).status, 403)
  assert.equal((await ann.put(`/api/users/${annId}`, { name: 'Ann' })).status, 204)
  assert.equal((await ann.put(`/api/users/${annId}`, { admin: true })).status, 403)
  assert.equal((await ann.get(`/api/users/${annId}/`)).json().name, 'Ann')

  assert.equal((await admin.put(`/api/users/${id}`, { admin: true })).status, 204)
  assert.equal((await admin.get(`/api/users/${id}`)).json().admin, true)
  assert.equal((await admin.delete(`/api/users/${id}`)).status, 204)
  assert.equal((await admin.get(`/api/users/${id}`)).status, 404)
  const self = (await admin.get('/api/user')).json().id
  const last = await admin.delete(`/api/users/${self}`)
  assert.deepEqual(
    [last.status, last.json().error],
    [409, 'this is the last admin; make another user admin first'],
  )
  assert.equal((await admin.put(`/api/users/${self}`, { admin: false })).status, 409)
})

test('what is kept for clients of Semaphore: the name of a token, whether a user wants alerts', async () => {
  const { id, client } = await api.user('terraform')
  const made = (await client.post('/api/user/tokens', { name: 'my CI token' })).json()
  assert.match(made.id, /^ost_/)
  const [listed, ...others] = (await client.get('/api/user/tokens')).json().reverse()
  assert.deepEqual(listed, { ...made, id: made.id.slice(0, 12) })
  assert.equal(others.length, 1)
  assert.equal((await client.put(`/api/users/${id}`, { alert: true })).status, 204)
  assert.equal((await client.get('/api/user')).json().alert, true)
})

test('neither passwords nor tokens lie in the database', async () => {
  const token = (await api.admin.post('/api/user/tokens')).json().id
  const { read } = api.context.store
  const rows = JSON.stringify([await read('users'), await read('tokens')])
  assert.ok(!rows.includes(token) && !rows.includes('bobs password'))
  assert.match(
    (await read('users').where({ login: 'eve' }).first()).password,
    /^scrypt\$32768\$8\$3\$/,
  )
})

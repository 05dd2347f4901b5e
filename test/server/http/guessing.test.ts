/** Who is let in without a right, and what a stranger learns: nobody, and nothing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { type Api, startApi } from '../../kit/api.ts'
import type { Answer } from '../../kit/http.ts'

let api: Api
let offset = 0
before(async () => {
  const monotonic = () => performance.now() + offset
  api = await startApi({ clock: { ...systemClock, monotonic } })
})
after(() => api.close())

const login = (auth: string, password: string, headers: Record<string, string> = {}) =>
  api.stranger.with(headers).post('/api/auth/login', { auth, password })
const cookieOf = ({ headers }: Answer) => String(headers['set-cookie']).split(';')[0] as string
const whoAmI = async (headers: Record<string, string>) =>
  (await api.stranger.with(headers).get('/api/user')).status

test('a page of another origin acts for nobody, whatever its browser tells of it', async () => {
  const cookie = cookieOf(await login('admin', 'password of admin'))
  const own = new URL(api.base).origin
  const cases: [headers: Record<string, string>, status: number][] = [
    [{}, 200],
    [{ origin: own }, 200],
    [{ origin: 'https://outstation.example' }, 200],
    [{ origin: 'https://evil.example' }, 401],
    [{ origin: `${own}.evil.example` }, 401],
    [{ origin: 'https://outstation.example:444' }, 401],
    [{ origin: 'null' }, 401],
    [{ origin: own, 'sec-fetch-site': 'cross-site' }, 401],
    [{ origin: own, 'sec-fetch-site': 'same-site' }, 401],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
  ]
  for (const [headers, status] of cases) {
    assert.equal(await whoAmI({ cookie, ...headers }), status, JSON.stringify(headers))
    const made = await api.stranger.with({ cookie, ...headers }).post('/api/user/tokens')
    assert.equal(made.status, status === 200 ? 201 : 401, JSON.stringify(headers))
  }
  const { id } = (await api.admin.post('/api/user/tokens')).json()
  const bearer = { authorization: `Bearer ${id}`, origin: 'https://evil.example' }
  assert.equal(await whoAmI(bearer), 200, 'no browser adds a token by itself')
  const [attributes] = [(await login('admin', 'password of admin')).headers['set-cookie']].flat()
  assert.match(String(attributes), /; HttpOnly; Secure; SameSite=Lax/)
})

test('a session is made by logging in, never taken over from who logs in', async () => {
  const planted = `semaphore=oss_${'A'.repeat(43)}`
  const fresh = cookieOf(await login('admin', 'password of admin', { cookie: planted }))
  assert.notEqual(fresh, planted)
  assert.equal(await whoAmI({ cookie: planted }), 401)
  const again = cookieOf(await login('admin', 'password of admin', { cookie: fresh }))
  assert.notEqual(again, fresh)
  assert.deepEqual([await whoAmI({ cookie: fresh }), await whoAmI({ cookie: again })], [200, 200])
  await api.stranger.with({ cookie: again }).post('/api/auth/logout')
  assert.deepEqual([await whoAmI({ cookie: fresh }), await whoAmI({ cookie: again })], [200, 401])
})

test('a part of a token, or what lists show of it, opens nothing', async () => {
  const { id } = (await api.admin.post('/api/user/tokens')).json()
  const parts = [id.slice(0, 12), id.slice(0, -1), `${id}x`, id.toLowerCase(), id.slice(4), '']
  for (const part of parts) {
    assert.equal(await whoAmI({ authorization: `Bearer ${part}` }), 401, part)
  }
  assert.equal(await whoAmI({ authorization: `Bearer ${id}` }), 200)
})

test('one address tries many tokens: sixty a minute, and who has a right one notices nothing', async () => {
  offset += 600_000
  const guess = (n: number) =>
    api.stranger.with({ authorization: `Bearer ost_guess${n}` }).get('/api/user')
  for (let n = 0; n < 60; n += 1) assert.equal((await guess(n)).status, 401)
  const last = await guess(60)
  assert.equal(last.status, 429)
  const wait = Number(last.headers['retry-after'])
  assert.ok(wait > 0 && wait <= 60, `${wait}`)
  assert.equal(last.json().error, `too many tries; try again in ${wait} s`)
  assert.equal((await api.admin.get('/api/user')).status, 200)
  assert.equal((await guess(61)).status, 429, 'a right one does not make room for wrong ones')
  assert.equal((await api.stranger.get('/api/user')).status, 401, 'no token is no wrong one')
  assert.equal((await login('admin', 'password of admin')).status, 204)
  offset += 60_000
  assert.equal((await guess(62)).status, 401)
})

test('one address tries many accounts: a hundred tries, then it waits', async () => {
  offset += 600_000
  const statuses: number[] = []
  for (let n = 0; n < 102; n += 1) {
    // Fewer of each account than it has tries itself.
    const name = `somebody${n % 17}`
    if (n < 17) await api.user(name)
    statuses.push((await login(name, 'a guess')).status)
  }
  assert.deepEqual(new Set(statuses.slice(0, 100)), new Set([401]))
  assert.deepEqual(statuses.slice(100), [429, 429])
  assert.equal((await login('admin', 'password of admin')).status, 429)
  offset += 300_000
  assert.equal((await login('admin', 'password of admin')).status, 204)
})

test('how long a refusal takes does not tell who has an account', async () => {
  offset += 600_000
  const body = { username: 'known', name: 'K', email: 'k@example.org', password: 'a password' }
  assert.equal((await api.admin.post('/api/users', body)).status, 201)
  const took: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
  // The first makes the hash that unknown ones are held against.
  await login('unknown', 'x')
  for (let n = 0; n < 4; n += 1) {
    for (const who of ['known', 'unknown'] as const) {
      const begin = performance.now()
      assert.equal((await login(who, 'x')).status, 401)
      took[who].push(performance.now() - begin)
    }
  }
  const [known, unknown] = [Math.min(...took.known), Math.min(...took.unknown)]
  // Without a hash the answer comes ten times sooner at least.
  assert.ok(unknown > known / 3 && known > unknown / 3, `${known} ms and ${unknown} ms`)
})

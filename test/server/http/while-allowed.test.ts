/** A live view ends at once when its viewer may look no longer, and goes on for everybody else. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { putProjectUser } from '../../../server/store/project-users.ts'
import { type Api, startApi } from '../../kit/api.ts'
import { viewEvents } from '../../kit/events.ts'
import type { Client } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let offset = 0
/** Wakes every view that waits for its next look. */
let lookAgain = new AbortController()
before(async () => {
  const sleep: typeof systemClock.sleep = (ms, signal) => {
    if (ms !== 15_000) return systemClock.sleep(ms, signal)
    const sooner = signal ? AbortSignal.any([signal, lookAgain.signal]) : lookAgain.signal
    return systemClock.sleep(3_600_000, sooner)
  }
  api = await startApi({ clock: { ...systemClock, now: () => Date.now() + offset, sleep } })
})
after(() => api.close())

let users = 0

/** A guest of a project of its own, logged in with a browser, who watches a task that never ends. */
async function viewer() {
  users += 1
  const login = `viewer${users}`
  const project = await makeProject(api.admin, login)
  const { id } = await api.user(login)
  await api.context.store.commit((tx) => putProjectUser(tx, project.id, id, 'guest'))
  const browser = await loggedIn(login)
  return { id, project, browser, view: await watch(browser.headers, project) }
}

async function loggedIn(login: string): Promise<{ client: Client; headers: { cookie: string } }> {
  const auth = { auth: login, password: `password of ${login}` }
  const answer = await api.stranger.post('/api/auth/login', auth)
  const cookie = String(answer.headers['set-cookie']).split(';')[0] as string
  return { client: api.stranger.with({ cookie }), headers: { cookie } }
}

async function watch(headers: Record<string, string>, { path, task }: Project) {
  const view = await viewEvents(`${api.base}${path}/tasks/${task}/stream`, api.ca, headers)
  assert.equal((await view.events.next()).value?.data.status, 'waiting')
  return view
}

const ends: Record<string, (who: Awaited<ReturnType<typeof viewer>>) => Promise<unknown>> = {
  'the user logs out': ({ browser }) => browser.client.post('/api/auth/logout'),
  'the user gets a new password': ({ id }) =>
    api.admin.post(`/api/users/${id}/password`, { password: 'new' }),
  'the user is removed': ({ id }) => api.admin.delete(`/api/users/${id}`),
  'the user is put out of the project': ({ id, project }) =>
    api.admin.delete(`${project.path}/users/${id}`),
  'the user leaves the project': ({ browser, project }) =>
    browser.client.delete(`${project.path}/me`),
  'the project is removed': async ({ project }) => {
    await api.admin.post(`${project.path}/tasks/${project.task}/stop`, { force: true })
    return api.admin.delete(project.path)
  },
  'the session is over, and the view looks again': async () => {
    offset += 8 * 24 * 3_600_000
    lookAgain.abort()
    lookAgain = new AbortController()
    return { status: 204 }
  },
}

for (const [what, happens] of Object.entries(ends)) {
  test(`a view ends when ${what}`, async () => {
    const who = await viewer()
    const other = await viewer()
    const stays = what.startsWith('the session') ? undefined : other.view
    const answer = (await happens(who)) as { status: number }
    assert.equal(answer.status, 204)
    await who.view.rest()
    await api.admin.post(`${other.project.path}/tasks/${other.project.task}/stop`)
    const last = (await stays?.events.next())?.value?.data.status
    assert.equal(last, stays && 'stopped')
  })
}

test('a view ends when its API token is deleted; a change of the role that still lets look is none', async () => {
  const { id, project, browser, view } = await viewer()
  const token = (await browser.client.post('/api/user/tokens')).json().id
  const other = await watch({ authorization: `Bearer ${token}` }, project)
  assert.equal((await browser.client.delete(`/api/user/tokens/${token}`)).status, 204)
  await other.rest()
  await api.admin.put(`${project.path}/users/${id}`, { role: 'manager' })
  await api.admin.post(`${project.path}/tasks/${project.task}/stop`)
  assert.equal((await view.events.next()).value?.data.status, 'stopped')
})

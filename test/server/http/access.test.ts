/** Who may call what: every route against every kind of caller, and ids of other projects. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Access, type ProjectRight, projectRights } from '../../../server/http/access.ts'
import { projectRoles, putProjectUser } from '../../../server/store/projects.ts'
import { type Api, startApi } from '../../kit/api.ts'
import type { Client } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let mine: Project
let theirs: Project
before(async () => {
  api = await startApi()
  mine = await makeProject(api.admin, 'mine')
  theirs = await makeProject(api.admin, 'theirs')
})
after(() => api.close())

interface Route {
  method: string
  url: string
  access: Access
}

/** Every route, as the API itself tells. */
async function allRoutes(): Promise<Route[]> {
  const { paths } = (await api.stranger.get('/api/openapi.json')).json()
  return Object.entries<Record<string, { 'x-access': Access }>>(paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, route]) => ({
      method: method.toUpperCase(),
      url,
      access: route['x-access'],
    })),
  )
}

/** A call that passes the check of access and stops at the next: nothing is changed by it. */
function harmless({ url }: Route, project: number): string {
  return url.replace('{project_id}', String(project)).replace(/\{\w+\}/g, '999999999')
}

const allowed: Record<string, readonly ProjectRight[]> = {
  owner: projectRights,
  manager: ['read', 'run', 'manage'],
  task_runner: ['read', 'run'],
  guest: ['read'],
}

test('a stranger gets 401 on every route that is not public', async () => {
  const routes = await allRoutes()
  assert.ok(routes.length > 60, `only ${routes.length} routes`)
  const open = routes.filter(({ access }) => access === 'public').map(({ url }) => url)
  assert.deepEqual([...new Set(open)].sort(), [
    '/api/auth/login',
    '/api/auth/logout',
    '/api/internal/runners',
    '/api/internal/runners/keys',
    '/api/openapi.json',
    '/api/ping',
    '/ca.pem',
    '/healthz',
    '/readyz',
  ])
  for (const route of routes.filter(({ access }) => access !== 'public')) {
    const answer = await api.stranger.send(route.method, harmless(route, mine.id))
    assert.equal(answer.status, 401, `${route.method} ${route.url}`)
    assert.match(answer.json().error, /^no valid session or API token/)
  }
})

test('a user without a role gets 403 where admins are wanted and 404 in every project', async () => {
  const { client } = await api.user('nobody')
  for (const route of await allRoutes()) {
    if (route.access === 'public' || route.access === 'user') continue
    const { status } = await client.send(route.method, harmless(route, mine.id))
    assert.equal(status, route.access === 'admin' ? 403 : 404, `${route.method} ${route.url}`)
  }
})

for (const role of projectRoles) {
  test(`a ${role} may what the role says and no more`, async () => {
    const { id, client } = await api.user(role)
    await api.context.store.commit((tx) => putProjectUser(tx, mine.id, id, role))
    const answer = await client.get(`/api/project/${mine.id}/role`)
    assert.equal(answer.json().role, role)
    for (const route of await allRoutes()) {
      if (!route.access.startsWith('project:')) continue
      const right = route.access.slice('project:'.length) as ProjectRight
      // The project itself is left alone: its own test deletes one.
      if (right === 'update' && route.method === 'DELETE' && role === 'owner') continue
      const { status } = await client.send(route.method, harmless(route, mine.id))
      const refused = !allowed[role]?.includes(right)
      assert.equal(status === 403, refused, `${role}: ${route.method} ${route.url} gave ${status}`)
    }
  })
}

test('ids of another project are not found, and cannot be referred to', async () => {
  const { admin } = api
  const p = `/api/project/${mine.id}`
  for (const [path, id] of [
    ['keys', theirs.key],
    ['repositories', theirs.repository],
    ['inventory', theirs.inventory],
    ['environment', theirs.environment],
    ['templates', theirs.template],
    ['tasks', theirs.task],
  ] as const) {
    for (const method of ['GET', 'DELETE']) {
      const answer = await admin.send(method, `${p}/${path}/${id}`)
      assert.equal(answer.status, 404, `${method} ${path}`)
    }
  }
  for (const end of ['output', 'raw_output', 'stream']) {
    assert.equal((await admin.get(`${p}/tasks/${theirs.task}/${end}`)).status, 404)
  }
  assert.equal((await admin.post(`${p}/tasks/${theirs.task}/stop`, {})).status, 404)

  await refused(admin, `${p}/repositories`, 'ssh_key_id', {
    name: 'r',
    git_url: '/tmp/x',
    ssh_key_id: theirs.key,
  })
  const host = { name: 'i', type: 'static', inventory: '' }
  await refused(admin, `${p}/inventory`, 'become_key_id', { ...host, become_key_id: theirs.key })
  await refused(admin, `${p}/inventory`, 'ssh_key_id', { ...host, ssh_key_id: theirs.key })
  await refused(admin, `${p}/inventory`, 'repository_id', {
    ...host,
    repository_id: theirs.repository,
  })
  const template = { name: 't', playbook: 'x.yml', repository_id: mine.repository }
  await refused(admin, `${p}/templates`, 'repository_id', {
    ...template,
    repository_id: theirs.repository,
  })
  await refused(admin, `${p}/templates`, 'inventory_id', {
    ...template,
    inventory_id: theirs.inventory,
  })
  await refused(admin, `${p}/templates`, 'environment_id', {
    ...template,
    environment_id: theirs.environment,
  })
  await refused(admin, `${p}/templates`, 'vaults.0.vault_key_id', {
    ...template,
    vaults: [{ type: 'password', vault_key_id: theirs.key }],
  })
  await refused(admin, `${p}/tasks`, 'template_id', { template_id: theirs.template })
  await refused(admin, `${p}/tasks`, 'inventory_id', {
    template_id: mine.template,
    inventory_id: theirs.inventory,
  })
})

async function refused(client: Client, path: string, field: string, body: object): Promise<void> {
  const answer = await client.post(path, body)
  assert.equal(answer.status, 400, `${path} ${field}: ${answer.text}`)
  assert.match(answer.json().error, new RegExp(`^${field}: expected `))
}

test('a cookie that another site makes the browser send opens nothing', async () => {
  const login = await api.stranger.post('/api/auth/login', {
    auth: 'admin',
    password: 'password of admin',
  })
  const cookie = String(login.headers['set-cookie']).split(';')[0] as string
  const browser = api.stranger.with({ cookie })
  for (const [site, status] of [
    ['same-origin', 200],
    ['none', 200],
    ['same-site', 401],
    ['cross-site', 401],
  ] as const) {
    const answer = await browser.with({ 'sec-fetch-site': site }).get('/api/user')
    assert.equal(answer.status, status, site)
  }
})

test('a session does not work as a bearer token, nor an API token as a session', async () => {
  const login = await api.stranger.post('/api/auth/login', {
    auth: 'admin',
    password: 'password of admin',
  })
  const session = /semaphore=([^;]+)/.exec(String(login.headers['set-cookie']))?.[1]
  const bearer = api.stranger.with({ authorization: `Bearer ${session}` })
  assert.equal((await bearer.get('/api/user')).status, 401)
  const token = (await api.admin.post('/api/user/tokens')).json().id
  assert.equal(
    (await api.stranger.with({ cookie: `semaphore=${token}` }).get('/api/user')).status,
    401,
  )
  assert.equal(
    (await api.stranger.with({ authorization: `bearer ${token}` }).get('/api/user')).status,
    200,
  )
})

/** Who may call what: every route against every kind of caller, and ids of other projects. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { projectRoles, putProjectUser } from '../../../server/store/project-users.ts'
import { type Api, startApi } from '../../kit/api.ts'
import type { Client } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'
import { rowsAfter, wordsIn } from '../../kit/tables.ts'

let api: Api
let mine: Project
let theirs: Project
before(async () => {
  api = await startApi()
  mine = await makeProject(api.admin, 'mine')
  theirs = await makeProject(api.admin, 'theirs')
})
after(() => api.close())

const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8')

interface Route {
  method: string
  url: string
  /** As the page says it: public, user, self, admin or a right of the path's project. */
  may: string
}

/** Every route that the page has; that those are all is a test of the pages. */
const routes: Route[] = rowsAfter(page, 'routes').flatMap(([path = '', calls = '']) =>
  calls.split(', ').map((call) => {
    const [method = '', may = ''] = call.split(' ')
    return { method, url: path.slice(1, -1).replace('{p}', '/api/project/{project_id}'), may }
  }),
)

/** Role -> what it may, as the page says. */
const [[, ...rights] = [], ...roles] = rowsAfter(page, 'roles', { head: true })
const rightsOf = new Map(
  roles.map(([role, ...marks]) => [wordsIn(role)[0], rights.filter((_, at) => marks[at] === 'x')]),
)

/** A call that passes the check of access and stops at the next: nothing is changed by it. */
function harmless({ url }: Route, project: number): string {
  return url.replace('{project_id}', String(project)).replace(/\{\w+\}/g, '999999999')
}

/** What becomes of the call at the gate. */
async function outcome(client: Client, route: Route): Promise<'in' | 401 | 403 | 'no project'> {
  const { status, text } = await client.send(route.method, harmless(route, mine.id))
  if (status === 401 || status === 403) return status
  return text.includes(`project ${mine.id}: not found`) ? 'no project' : 'in'
}

/** These would do what they say even so: a live view, a log in, the end of a project or of a membership. */
const left = ({ method, url }: Route) =>
  url.endsWith('/stream') ||
  (url === '/api/events' && method === 'GET') ||
  (method === 'DELETE' && (url === '/api/project/{project_id}' || url.endsWith('/me')))

/** What the page says of a caller, who is a stranger, an admin or has a role or none in the project. */
function told({ may }: Route, caller: string): 'in' | 401 | 403 | 'no project' {
  if (may === 'public') return 'in'
  if (caller === 'stranger') return 401
  if (may === 'user' || caller === 'admin') return 'in'
  if (may === 'admin' || may === 'self') return 403
  const own = rightsOf.get(caller)
  if (own === undefined) return 'no project'
  return own.includes(may) ? 'in' : 403
}

async function client(caller: string): Promise<Client> {
  if (caller === 'stranger') return api.stranger
  const { id, client } = await api.user(`the ${caller}`, caller === 'admin')
  const role = projectRoles.find((one) => one === caller)
  if (role) await api.context.store.commit((tx) => putProjectUser(tx, mine.id, id, role))
  return client
}

test('what needs no login', () => {
  assert.ok(routes.length > 90, `only ${routes.length} routes`)
  const open = routes.filter(({ may }) => may === 'public').map(({ url }) => url)
  assert.deepEqual([...new Set(open)].sort(), [
    '/api/auth/login',
    '/api/auth/logout',
    '/api/docs',
    '/api/integrations/{alias}',
    '/api/internal/runners',
    '/api/internal/runners/keys',
    '/api/metrics',
    '/api/openapi.json',
    '/api/ping',
    '/ca.pem',
    '/healthz',
    '/metrics',
    '/outstation.mjs',
    '/readyz',
  ])
})

for (const caller of ['stranger', 'user without a role', ...projectRoles, 'admin']) {
  test(`every route lets a ${caller} in, or not, as docs/api.md says`, async () => {
    const who = await client(caller)
    for (const route of routes) {
      const what = told(route, caller)
      if (what === 'in' && (left(route) || route.may === 'public')) continue
      assert.equal(await outcome(who, route), what, `${route.method} ${route.url}`)
    }
  })
}

test('everybody reads and changes themselves', async () => {
  const { id, client } = await api.user('the user')
  const own = routes.filter(({ may }) => may === 'self')
  assert.ok(own.length >= 3)
  for (const { method, url } of own) {
    const { status } = await client.send(method, url.replace('{user_id}', String(id)))
    assert.ok(![401, 403, 404].includes(status), `${method} ${url}: ${status}`)
  }
})

test('ids of another project are not found, and cannot be referred to', async () => {
  const { admin } = api
  const p = `/api/project/${mine.id}`
  for (const [path, id] of [
    ['keys', theirs.key],
    ['repositories', theirs.repository],
    ['inventory', theirs.inventory],
    ['environment', theirs.environment],
    ['templates', theirs.template],
    ['schedules', theirs.schedule],
    ['views', theirs.view],
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
  await refused(admin, `${p}/templates`, 'view_id', { ...template, view_id: theirs.view })
  await refused(admin, `${p}/templates`, 'vaults.0.vault_key_id', {
    ...template,
    vaults: [{ type: 'password', vault_key_id: theirs.key }],
  })
  await refused(admin, `${p}/tasks`, 'template_id', { template_id: theirs.template })
  await refused(admin, `${p}/schedules`, 'template_id', {
    cron_format: '@daily',
    template_id: theirs.template,
  })
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

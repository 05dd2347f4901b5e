/**
 * Every route against what no client should send: generated from the API's own description, so that a
 * route that is added is tested with it. No call may get through, none may be a fault of the server, and
 * each refusal is one line that names what is wrong.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type Type from 'typebox'
import { Value } from 'typebox/value'
import { systemClock } from '../../../lib/clock.ts'
import { type Api, startApi } from '../../kit/api.ts'
import type { Answer, Body } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
let theirs: Project
let routes: Route[]
let offset = 0
before(async () => {
  api = await startApi({ clock: { ...systemClock, now: () => Date.now() + offset } })
  project = await makeProject(api.admin, 'mine')
  theirs = await makeProject(api.admin, 'theirs')
  routes = await described()
})
after(() => api.close())

interface Route {
  method: string
  url: string
  access: string
  /** JSON Schema of the body; undefined = it takes none. */
  body: Type.TObject | undefined
  /** Names of the numbers in its path. */
  ids: string[]
  /** What may, and what must stand behind the `?`. */
  query: [name: string, schema: Type.TSchema, required: boolean][]
}

async function described(): Promise<Route[]> {
  const { paths } = (await api.stranger.get('/api/openapi.json')).json()
  return Object.entries<Record<string, Body>>(paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, { requestBody, parameters = [], ...route }]) => ({
      method: method.toUpperCase(),
      url,
      access: route['x-access'],
      body: requestBody?.content['application/json'].schema,
      ids: parameters
        .filter((one: Body) => one.in === 'path')
        .filter(({ name, schema }: Body) => schema.type === 'integer' || name === 'project_id')
        .map(({ name }: Body) => name),
      query: parameters
        .filter((one: Body) => one.in === 'query')
        .map(({ name, schema, required = false }: Body) => [name, schema, required]),
    })),
  )
}

/** With ids that lead nowhere, but for the project. */
function pathOf({ url }: Route, ids: Record<string, string | number> = {}): string {
  const all: Record<string, string | number> = { project_id: project.id, ...ids }
  return url.replace(/\{(\w+)\}/g, (_, name) => String(all[name] ?? 999_999_999))
}

const json = { 'content-type': 'application/json' }

const sendBody = (route: Route, body: string, headers: Record<string, string> = json) =>
  api.admin.send(route.method, pathOf(route), { body, headers })

/** @param says what its line must hold */
function refused(answer: Answer, statuses: number[], what: string, says = ''): void {
  const { status, text } = answer
  assert.ok(statuses.includes(status), `${what}: ${status} ${text}`)
  const { error, ...more } = answer.json()
  assert.equal(typeof error, 'string', what)
  assert.deepEqual(more, {}, what)
  assert.ok(error.includes(says), `${what}: expected "${says}" in "${error}"`)
  assert.doesNotMatch(error, /\n|node_modules|\.ts:|at Object|SQLITE|sqlite/, what)
}

/** A body, where the method is one that has one. */
function bodyFor({ method }: Route, body: unknown) {
  const has = body !== undefined && (method === 'POST' || method === 'PUT')
  return has ? { body: JSON.stringify(body), headers: json } : {}
}

/** The least that a schema takes. */
function leastOf(schema: Body): unknown {
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return leastOf(schema.anyOf[0])
  if (schema.type === 'array') return schema.minItems ? [leastOf(schema.items)] : []
  if (schema.type !== 'object')
    return { string: 'x', boolean: false, integer: 1 }[schema.type as string]
  const required: string[] = schema.required ?? []
  return Object.fromEntries(required.map((name) => [name, leastOf(schema.properties[name])]))
}

const named = ({ method, url }: Route) => `${method} ${url}`
const withBody = () => routes.filter(({ body }) => body !== undefined)

/** Values of each type that JSON has: at least one is of none that a schema takes. */
const oddities: unknown[] = [{ odd: {} }, [[5]], true, -1.5, 'odd \u0000 text', null]

test('a body that is no object', async () => {
  assert.ok(withBody().length > 40)
  for (const route of withBody()) {
    for (const body of ['[]', '"text"', '5', 'true', '[{}]']) {
      refused(await sendBody(route, body), [400], `${named(route)} ${body}`, 'expected object')
    }
  }
})

test('each field with a value of every type that it does not take', async () => {
  let tried = 0
  for (const route of withBody()) {
    for (const [field, schema] of Object.entries(route.body?.properties ?? {})) {
      for (const odd of oddities.filter((value) => !Value.Check(schema as Type.TSchema, value))) {
        const what = `${named(route)} ${field}: ${JSON.stringify(odd)}`
        refused(await sendBody(route, JSON.stringify({ [field]: odd })), [400], what, field)
        tried += 1
      }
    }
  }
  assert.ok(tried > 500, `only ${tried}`)
})

test('no field at all, where some must be there', async () => {
  for (const route of withBody()) {
    const required = route.body?.required ?? []
    if (required.length === 0) continue
    for (const body of ['{}', '']) {
      const answer = await sendBody(route, body)
      for (const field of required) {
        refused(answer, [400], named(route), `${field}: expected a value, got nothing`)
      }
    }
  }
})

test('a body that is broken, of another kind, or too large', async () => {
  // What other services send to an integration has the form that they chose.
  const changing = routes
    .filter(({ method }) => method === 'POST' || method === 'PUT')
    .filter(({ url }) => !url.startsWith('/api/integrations/'))
  assert.ok(changing.length >= withBody().length)
  for (const route of changing) {
    for (const body of ['{"name":', '{"a":1}}', '{"__proto__":{"admin":true}}', 'null,']) {
      refused(await sendBody(route, body), [400], `${named(route)} ${body}`)
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
      const answer = await sendBody(route, 'name=x', { 'content-type': type })
      refused(answer, [415], `${named(route)} ${type}`)
    }
    const length = String(1e9)
    const headers = { ...json, 'content-length': length, connection: 'close' }
    refused(await sendBody(route, '{}', headers), [413], `${named(route)} of 1 GB`)
  }
})

test('ids that are none', async () => {
  const ids = ['0', '-1', '1.5', '1e3', '%00', '9'.repeat(30)]
  assert.ok(routes.filter(({ ids }) => ids.length > 0).length > 80)
  for (const route of routes) {
    for (const name of route.ids) {
      for (const id of ids) {
        const path = pathOf(route, { [name]: encodeURI(id) })
        const answer = await api.admin.send(route.method, path, bodyFor(route, {}))
        refused(answer, [400, 404], `${route.method} ${path}`)
      }
    }
  }
})

test('a query of the wrong type', async () => {
  const asking = routes.filter(({ query, access }) => query.length > 0 && access !== 'public')
  assert.ok(asking.length >= 8)
  for (const route of asking) {
    for (const [name, schema] of route.query) {
      const texts = ['odd', '-5', '1e99', '\u0000']
      const fits = (text: string) => [text, Number(text)].some((one) => Value.Check(schema, one))
      const wrong = texts.filter((text) => !fits(text))
      for (const odd of wrong.map(encodeURIComponent)) {
        const path = `${pathOf(route)}?${name}=${odd}`
        const answer = await api.admin.send(route.method, path)
        refused(answer, [400], `${named(route)} ?${name}=${odd}`, name)
      }
    }
  }
})

test('ids of another project are not found, and nothing of it changes', async () => {
  const { path: p } = theirs
  const made = async (path: string, body: object) =>
    (await api.admin.post(`${p}/${path}`, body)).json().id
  /** The last word before an id -> one of the other project. */
  const foreign: Record<string, number> = {
    keys: theirs.key,
    repositories: theirs.repository,
    inventory: theirs.inventory,
    environment: theirs.environment,
    templates: theirs.template,
    tasks: theirs.task,
    runners: await made('runners', { name: 'theirs' }),
    webhooks: await made('webhooks', { name: 'theirs', url: 'https://hook.example/' }),
    users: 999_999_999,
  }
  const state = async () =>
    Promise.all(
      Object.keys(foreign).map(async (path) => (await api.admin.get(`${p}/${path}`)).text),
    )
  const before = await state()
  let tried = 0
  for (const route of routes) {
    const [, under] = /^\/api\/project\/\{project_id\}\/(\w+)\/\{\w+\}/.exec(route.url) ?? []
    if (under === undefined) continue
    const [, name = ''] = /\{project_id\}\/\w+\/\{(\w+)\}/.exec(route.url) ?? []
    const wanted = route.query.filter(([, , required]) => required)
    const query = wanted.map(([name, schema]) => `${name}=${leastOf(schema)}`).join('&')
    const path = `${pathOf(route, { [name]: foreign[under] ?? 999_999_999 })}?${query}`
    const body = route.body && leastOf(route.body)
    const answer = await api.admin.send(route.method, path, bodyFor(route, body))
    // What a schema alone does not tell of a body may be refused before anything is looked for.
    refused(answer, body === undefined ? [404] : [404, 400], `${route.method} ${path}`)
    tried += 1
  }
  assert.ok(tried > 40, `only ${tried}`)
  assert.deepEqual(await state(), before)
})

test('a session that is over, was made up, or is of somebody who is gone', async () => {
  await api.user('gone')
  const login = async () => {
    const auth = { auth: 'gone', password: 'password of gone' }
    const answer = await api.stranger.post('/api/auth/login', auth)
    return String(answer.headers['set-cookie']).split(';')[0] as string
  }
  const ended = await login()
  await api.stranger.with({ cookie: ended }).post('/api/auth/logout')
  const old = await login()
  offset += 8 * 24 * 3600_000
  const cookies = [ended, old, `semaphore=oss_${'A'.repeat(43)}`]
  const closed = routes.filter(({ access }) => access !== 'public')
  for (const route of closed) {
    for (const cookie of cookies) {
      const answer = await api.stranger.with({ cookie }).send(route.method, pathOf(route))
      refused(answer, [401], `${named(route)} ${cookie}`, 'no valid session or API token')
    }
  }
})

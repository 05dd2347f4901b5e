import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { startHttp } from '../../../server/http/server.ts'
import { type Api, startApi } from '../../kit/api.ts'

let api: Api
let away: string[] = []
before(async () => {
  api = await startApi({ ready: () => away })
})
after(() => api.close())

test('ping, info, health, readiness, CA and the page at /', async () => {
  const { stranger, admin } = api
  const ping = await stranger.get('/api/ping')
  assert.deepEqual([ping.status, ping.text], [200, 'pong'])
  assert.equal(ping.headers['content-type'], 'text/plain; charset=utf-8')
  const info = (await admin.get('/api/info')).json()
  assert.deepEqual([info.version, info.web_host], ['1.2.3', 'https://outstation.example'])

  assert.deepEqual((await stranger.get('/healthz')).json(), { status: 'ok' })
  assert.equal((await stranger.get('/readyz')).status, 200)
  away = ['not connected to the broker']
  const unready = await stranger.get('/readyz')
  assert.deepEqual(
    [unready.status, unready.json()],
    [503, { error: 'not connected to the broker' }],
  )
  assert.equal((await stranger.get('/healthz')).status, 200)

  assert.equal((await stranger.get('/ca.pem')).text, api.ca)
})

test('while the database is paused: read what is there, come again to write, say why', async () => {
  const paused = await startApi()
  try {
    const { context, admin, stranger } = paused
    const { store } = context
    await assert.rejects(store.commit(({ db }) => db.raw('PRAGMA query_only = ON')))
    const created = await admin.post('/api/projects', { name: 'Plant' })
    assert.deepEqual(
      [created.status, created.headers['retry-after'], created.json()],
      [503, '5', { error: store.paused?.line }],
    )
    assert.match(
      created.text,
      /the database .*database\.sqlite cannot be written: it is read-only; /,
    )
    assert.equal((await admin.get('/api/projects')).status, 200)
    assert.equal((await stranger.get('/healthz')).status, 200)
    const unready = await stranger.get('/readyz')
    assert.deepEqual([unready.status, unready.json()], [503, created.json()])
  } finally {
    await paused.close()
  }
})

test('every answer carries the security headers, errors too', async () => {
  for (const path of ['/api/ping', '/api/user', '/nothing', '/ca.pem']) {
    const { headers } = await api.stranger.get(path)
    assert.equal(headers['x-content-type-options'], 'nosniff', path)
    assert.equal(headers['cache-control'], 'no-store', path)
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, path)
  }
})

test('the OpenAPI document has every route with its answers', async () => {
  const { openapi, paths, info } = (await api.stranger.get('/api/openapi.json')).json()
  assert.deepEqual([openapi, info.version], ['3.1.0', '1.2.3'])
  const tasks = paths['/api/project/{project_id}/tasks']
  assert.deepEqual(Object.keys(tasks).sort(), ['get', 'post'])
  assert.deepEqual(Object.keys(tasks.post.responses).sort(), ['201', 'default'])
  assert.ok(tasks.post.requestBody.content['application/json'].schema.properties.template_id)
  const key = paths['/api/project/{project_id}/keys/{id}']
  assert.deepEqual(Object.keys(key.delete.responses).sort(), ['204', 'default'])
})

test('a port in use is said in one line', async () => {
  const squatter = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => squatter.once('listening', resolve))
  const { port } = squatter.address() as { port: number }
  const config = { ...api.context.config, port }
  await assert.rejects(startHttp({ ...api.context, config }), {
    code: 'locked',
    line: `port ${port}: another program listens on it; end that program or set another "port"`,
  })
  squatter.close()
})

test('close is idempotent', async () => {
  const one = await startApi()
  await Promise.all([one.http.close(), one.http.close()])
  await one.close()
})

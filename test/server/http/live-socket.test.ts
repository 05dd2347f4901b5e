import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { appendChunks } from '../../../server/store/chunks.ts'
import { type Api, startApi } from '../../kit/api.ts'
import type { Body, Client } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let mine: Project
let other: Project
before(async () => {
  api = await startApi()
  mine = await makeProject(api.admin, 'mine')
  other = await makeProject(api.admin, 'other')
})
after(() => api.close())

function connect(headers: Record<string, string>, of = api): WebSocket {
  return new WebSocket(`${of.base.replace('https', 'wss')}/api/ws`, { ca: of.ca, headers })
}

async function bearer(client: Client): Promise<Record<string, string>> {
  return { authorization: `Bearer ${(await client.post('/api/user/tokens')).json().id}` }
}

async function session(login: string, of = api): Promise<Record<string, string>> {
  const sent = { auth: login, password: `password of ${login}` }
  const [cookie = ''] = [
    (await of.stranger.post('/api/auth/login', sent)).headers['set-cookie'],
  ].flat()
  return { cookie: cookie.split(';')[0] as string }
}

/** Those that come before one is asked for are kept. */
function messages(socket: WebSocket): AsyncGenerator<Body> {
  const kept: Body[] = []
  let wake = () => {}
  socket.on('message', (data) => {
    kept.push(JSON.parse(String(data)))
    wake()
  })
  return (async function* () {
    for (;;) {
      const next = kept.shift()
      if (next) yield next
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  })()
}

async function viewer(headers: Record<string, string>) {
  const socket = connect(headers)
  const all = messages(socket)
  await once(socket, 'open')
  return { socket, next: async (): Promise<Body> => (await all.next()).value }
}

const start = async ({ path, template }: Project): Promise<number> =>
  (await api.admin.post(`${path}/tasks`, { template_id: template })).json().id

const refusal = async (socket: WebSocket): Promise<[number, string]> => {
  const [, answer] = await once(socket, 'unexpected-response')
  const parts = []
  for await (const part of answer) parts.push(part)
  return [answer.statusCode, JSON.parse(Buffer.concat(parts).toString()).error]
}

test('each viewer is told of the tasks of their projects, and of no others', async () => {
  const { id, client } = await api.user('ann')
  await api.admin.post(`${mine.path}/users`, { user_id: id, role: 'guest' })
  const ann = await viewer(await bearer(client))
  await start(other)
  const task = await start(mine)
  assert.deepEqual(await ann.next(), {
    type: 'update',
    task_id: task,
    template_id: mine.template,
    project_id: mine.id,
    status: 'waiting',
    start: null,
    end: null,
    version: '',
  })
  await api.admin.post(`${mine.path}/tasks/${task}/stop`, {})
  const stopped = await ann.next()
  assert.deepEqual([stopped.task_id, stopped.status], [task, 'stopped'])
  assert.match(stopped.end, /^\d{4}-/)
  ann.socket.close()
})

test('lines come as they are stored, whole, and the status that ends a task after them', async () => {
  const admin = await viewer(await bearer(api.admin))
  const task = await start(mine)
  assert.equal((await admin.next()).status, 'waiting')
  const { store } = api.context
  const append = async (seq: number, text: string) =>
    await store.commit(async (tx) => {
      const body = Buffer.from(text)
      const chunk = { seq, at: 1000, bytes: body.length, encoding: 'identity' as const, body }
      await appendChunks(tx.db, task, 0, [chunk as never])
      tx.emit({ kind: 'log', task, attempt: 0, nextSeq: seq + 1 })
    })
  await append(0, 'first\n')
  const log = { type: 'log', time: '1970-01-01T00:00:01.000Z', task_id: task, project_id: mine.id }
  assert.deepEqual(await admin.next(), { ...log, output: 'first' })
  await append(1, 'sec')
  await append(2, 'ond\nlast')
  assert.deepEqual(await admin.next(), { ...log, output: 'second' })
  await api.admin.post(`${mine.path}/tasks/${task}/stop`, {})
  assert.deepEqual(await admin.next(), { ...log, output: 'last' })
  assert.equal((await admin.next()).status, 'stopped')
  admin.socket.close()
})

test('strangers, pages of other origins and plain requests are refused in words', async () => {
  const [status, error] = await refusal(connect({}))
  assert.equal(status, 401)
  assert.match(error, /^no valid session or API token/)
  await api.user('bob')
  const cookie = await session('bob')
  const foreign = await refusal(connect({ ...cookie, origin: 'https://evil.example' }))
  assert.equal(foreign[0], 401)
  const own = await viewer({ ...cookie, origin: api.base })
  own.socket.close()
  const plain = await api.admin.get('/api/ws')
  assert.deepEqual(
    [plain.status, plain.json().error],
    [400, 'expected a WebSocket here, got a plain request'],
  )
})

test('a handshake that is none, and an upgrade that is no GET, are refused', async () => {
  const headers = { ...(await bearer(api.admin)), connection: 'upgrade', upgrade: 'websocket' }
  const wrong = await api.stranger.send('GET', '/api/ws', { headers })
  assert.equal(wrong.status, 400)
  const posted = await api.stranger.send('POST', '/api/auth/login', { headers, body: '{}' })
  assert.deepEqual([posted.status, posted.text], [400, 'expected GET with Upgrade\n'])
})

test('it ends with the session', async () => {
  await api.user('carl')
  const cookie = await session('carl')
  const { socket } = await viewer(cookie)
  const closed = once(socket, 'close')
  await api.stranger.with(cookie).post('/api/auth/logout')
  assert.equal((await closed)[0], 1008)
})

test('one user has so many, and no more', async () => {
  const { client } = await api.user('dora')
  const headers = await bearer(client)
  const all = await Promise.all(Array.from({ length: 50 }, () => viewer(headers)))
  assert.deepEqual(await refusal(connect(headers)), [429, '50 such connections of yours are open'])
  for (const { socket } of all) socket.terminate()
})

test('who says something is cut off when it is long', async () => {
  const { socket } = await viewer(await bearer(api.admin))
  socket.on('error', () => {})
  socket.send('hello')
  socket.send('x'.repeat(2000))
  assert.equal((await once(socket, 'close'))[0], 1009)
})

test('a server that ends says so', async () => {
  const own = await startApi()
  const socket = connect(await bearer(own.admin), own)
  await once(socket, 'open')
  const closed = once(socket, 'close')
  await own.close()
  assert.equal((await closed)[0], 1001)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeChunk, encodeChunk } from '../../../broker/codec.ts'
import type { TaskStatus } from '../../../broker/states.ts'
import { appendChunks } from '../../../server/store/chunks.ts'
import { type Api, startApi } from '../../kit/api.ts'
import { viewEvents } from '../../kit/events.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
let authorization: string
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
  authorization = `Bearer ${(await api.admin.post('/api/user/tokens')).json().id}`
})
after(() => api.close())

const at = Date.parse('2026-11-24T12:00:00Z')

/** A task that runs, and what its runner may do. */
async function runningTask() {
  const { store } = api.context
  const created = await api.admin.post(`${project.path}/tasks`, { template_id: project.template })
  const { id } = created.json()
  const said = (status: TaskStatus) =>
    ({ kind: 'task', task: id, project: project.id, template: project.template, status }) as const
  return {
    path: `${project.path}/tasks/${id}`,
    begin: (attempt: number) =>
      store.commit(async (tx) => {
        const row = { task_id: id, attempt, runner_id: 1, phase: 'started', offered: at }
        await tx.db('attempts').insert(row)
        await tx.db('tasks').where({ id }).update({ status: 'running', attempt })
        tx.emit(said('running'))
      }),
    print: (attempt: number, seq: number, text: string | Buffer) =>
      store.commit(async (tx) => {
        const header = { session: 1, seq, at: at + 1000 * seq }
        await appendChunks(tx.db, id, attempt, [
          decodeChunk(encodeChunk(header, Buffer.from(text))),
        ])
        tx.emit({ kind: 'log', task: id, attempt, nextSeq: seq + 1 })
      }),
    end: (status: TaskStatus) =>
      store.commit(async (tx) => {
        await tx.db('tasks').where({ id }).update({ status, reason: 'because' })
        tx.emit(said(status))
      }),
    view: (headers: Record<string, string> = {}) =>
      viewEvents(`${api.base}${project.path}/tasks/${id}/stream`, api.ca, {
        authorization,
        ...headers,
      }),
  }
}

test('the log by lines, each with the time when it began, and as it was', async () => {
  const { path, begin, print, end } = await runningTask()
  assert.deepEqual((await api.admin.get(`${path}/output`)).json(), [])
  assert.equal((await api.admin.get(`${path}/raw_output`)).text, '')
  const euro = Buffer.from('€')
  await begin(1)
  await print(1, 0, 'one\n\u001b[32mtw')
  await print(1, 1, Buffer.concat([Buffer.from('o\u001b[0m\na '), euro.subarray(0, 1)]))
  await print(1, 2, Buffer.concat([euro.subarray(1), Buffer.from(' three')]))
  await begin(2)
  await print(2, 0, 'again\n')
  await end('success')

  const output = (await api.admin.get(`${path}/output`)).json()
  const id = Number(path.split('/').at(-1))
  assert.deepEqual(output, [
    { task_id: id, time: '2026-11-24T12:00:00.000Z', output: 'one' },
    { task_id: id, time: '2026-11-24T12:00:00.000Z', output: '\u001b[32mtwo\u001b[0m' },
    { task_id: id, time: '2026-11-24T12:00:01.000Z', output: 'a € three' },
    { task_id: id, time: '2026-11-24T12:00:00.000Z', output: 'again' },
  ])
  const raw = await api.admin.get(`${path}/raw_output`)
  assert.equal(raw.headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal(raw.text, 'one\n\u001b[32mtwo\u001b[0m\na € threeagain\n')
  assert.equal((await api.admin.get(`${path}/raw_output?attempt=2`)).text, 'again\n')
})

test('a long log comes in parts and whole', async () => {
  const { path, begin, print } = await runningTask()
  await begin(1)
  const line = 'x'.repeat(99)
  const chunk = `${line}\n`.repeat(100)
  for (let seq = 0; seq < 250; seq++) await print(1, seq, chunk)
  const lines = (await api.admin.get(`${path}/output`)).json()
  assert.equal(lines.length, 25_000)
  assert.ok(lines.every(({ output }: { output: string }) => output === line))
  assert.equal((await api.admin.get(`${path}/raw_output`)).text.length, 2_500_000)
})

test('live: what was, then what comes, then the final status and the end', async () => {
  const { begin, print, end, view } = await runningTask()
  await begin(1)
  await print(1, 0, 'before\n')
  const { status, headers, events, rest } = await view()
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'text/event-stream; charset=utf-8')
  assert.equal(headers['x-content-type-options'], 'nosniff')
  const next = async () => (await events.next()).value
  const running = await next()
  assert.deepEqual([running?.event, running?.data.status], ['status', 'running'])
  const old = await next()
  assert.deepEqual([old?.event, old?.id, old?.data.output], ['log', '1-0', 'before\n'])
  assert.equal(old?.data.time, '2026-11-24T12:00:00.000Z')
  await print(1, 1, 'now\n')
  const now = await next()
  assert.deepEqual([now?.id, now?.data.output], ['1-1', 'now\n'])
  await print(1, 2, 'last\n')
  await end('error')
  const last = await rest()
  assert.deepEqual(
    last.map(({ event, id, data }) => [event, id, data.output ?? data.status]),
    [
      ['log', '1-2', 'last\n'],
      ['status', undefined, 'error'],
    ],
  )
  assert.equal(last[1]?.data.reason, 'because')
})

test('live: a viewer that comes back gets what it missed, also half a character', async () => {
  const { begin, print, end, view } = await runningTask()
  const euro = Buffer.from('5 €!')
  await begin(1)
  await print(1, 0, 'seen\n')
  await print(1, 1, euro.subarray(0, 3))
  const first = await view()
  const seen = []
  for (let n = 0; n < 3; n++) seen.push((await first.events.next()).value)
  assert.equal(seen[2]?.data.output, '5 ')
  first.leave()

  await print(1, 2, euro.subarray(3))
  await begin(2)
  await print(2, 0, 'second attempt\n')
  await end('success')
  const again = await (await view({ 'last-event-id': '1-1' })).rest()
  assert.deepEqual(
    again.map(({ event, id, data }) => [event, id, data.output ?? data.status]),
    [
      ['log', '1-2', '€!'],
      ['log', '2-0', 'second attempt\n'],
      ['status', undefined, 'success'],
    ],
  )
  const over = await (await view({ 'last-event-id': '2-0' })).rest()
  assert.deepEqual(
    over.map(({ event }) => event),
    ['status'],
  )
  const garbage = await (await view({ 'last-event-id': 'x' })).rest()
  assert.equal(garbage.length, 5, 'an id that is none of ours starts anew')
})

test('live: closing the server ends the streams', async () => {
  const own = await startApi()
  const { path, template } = await makeProject(own.admin, 'p')
  const { id } = (await own.admin.post(`${path}/tasks`, { template_id: template })).json()
  const token = (await own.admin.post('/api/user/tokens')).json().id
  const { events, rest } = await viewEvents(`${own.base}${path}/tasks/${id}/stream`, own.ca, {
    authorization: `Bearer ${token}`,
  })
  assert.equal((await events.next()).value?.data.status, 'waiting')
  const [left] = await Promise.all([rest(), own.close()])
  assert.deepEqual(left, [])
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { decodeChunk, encodeChunk } from '../../broker/codec.ts'
import type { TaskStatus } from '../../broker/states.ts'
import type { Summary } from '../../broker/summary.ts'
import { appendChunks } from '../../server/store/chunks.ts'
import { openHome } from './home.ts'
import { outstation, start } from './outstation.ts'

const { api, project, env, run } = await openHome()

/** What a runner does to a task. */
function runnerOf(task: number) {
  const { store } = api.context
  const { id, template } = project
  const said = (status: TaskStatus) =>
    ({ kind: 'task', task, project: id, template, status }) as const
  return {
    begin: () =>
      store.commit(async (tx) => {
        const row = { task_id: task, attempt: 1, runner_id: 1, phase: 'started', offered: 1 }
        await tx.db('attempts').insert(row)
        await tx.db('tasks').where({ id: task }).update({ status: 'running', attempt: 1 })
        tx.emit(said('running'))
      }),
    print: (seq: number, output: string) =>
      store.commit(async (tx) => {
        const chunk = encodeChunk({ session: 1, seq, at: 1 }, Buffer.from(output))
        await appendChunks(tx.db, task, 1, [decodeChunk(chunk)])
        tx.emit({ kind: 'log', task, attempt: 1, nextSeq: seq + 1 })
      }),
    end: (status: TaskStatus, reason: string | null = null, summary?: Summary) =>
      store.commit(async (tx) => {
        const result = JSON.stringify({ summary })
        await tx.db('attempts').where({ task_id: task }).update({ result })
        await tx.db('tasks').where({ id: task }).update({ status, reason })
        tx.emit(said(status))
      }),
  }
}

async function newTask(): Promise<number> {
  const { json } = await api.admin.post(`${project.path}/tasks`, { template_id: project.template })
  return json().id
}

/** Resolves when the program has printed `wanted`. */
async function printed(stream: NodeJS.ReadableStream, wanted: string): Promise<void> {
  let seen = ''
  while (!seen.includes(wanted)) seen += String((await once(stream, 'data'))[0])
}

/** In front of the API: of each start of a task it loses the first answer, once the server has done it. */
async function losing(t: TestContext): Promise<{ base: string; starts: () => number }> {
  let starts = 0
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const { authorization = '', 'idempotency-key': key } = headers
    const client = api.stranger.with({ authorization, ...(key && { 'idempotency-key': `${key}` }) })
    const body = await text(request)
    const sent = body && { body, headers: { 'content-type': 'application/json' } }
    const answer = await client.send(method, url, sent || {})
    if (method === 'POST') starts += 1
    if (starts === 1) request.socket.destroy()
    else response.writeHead(answer.status).end(answer.text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  return { base: `http://127.0.0.1:${port}`, starts: () => starts }
}

test('a start whose answer is lost is asked for again, and is one start', async (t) => {
  const { base, starts } = await losing(t)
  const count = async () => (await api.admin.get(`${project.path}/tasks`)).json().length
  const before = await count()
  const args = ['task', 'run', '--project', 'home', '--template', 'Hello', '--json']
  const ran = await outstation(args, { env: { ...env, OUTSTATION_HOST: base } })
  assert.equal(ran.code, 0, ran.stderr)
  assert.match(ran.stderr, /^outstation: .*connection closed without an answer; asking again\n$/)
  assert.equal(starts(), 2)
  assert.equal(await count(), before + 1)
  const [newest] = (await api.admin.get(`${project.path}/tasks`)).json()
  assert.equal(JSON.parse(ran.stdout).id, newest.id)
})

test('a task is started by the names of project and template', async () => {
  const flags = ['--project', 'home', '--template', 'Hello', '--message', '0042']
  const { code, stdout, stderr } = await run('task', 'run', ...flags, '--json')
  assert.deepEqual([code, stderr], [0, ''])
  const { id, status, message } = JSON.parse(stdout)
  assert.deepEqual([status, message], ['waiting', '0042'])
  assert.equal((await api.admin.get(`${project.path}/tasks/${id}`)).status, 200)
  const unknown = await run('task', 'run', '--template', 'Nothing')
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /^outstation: template_name: .*\n$/)
})

test('the list is a table for people and JSON for scripts', async () => {
  const id = await newTask()
  const { stdout } = await run('task', 'list', '--limit', '1')
  assert.match(stdout, new RegExp(`^TASK +STATUS .*\\n${id} +waiting +Hello +admin`))
  const [row] = JSON.parse((await run('task', 'list', '--json')).stdout)
  assert.equal(row.id, id)
})

test('a log is shown without what could steer the terminal, colours only where wanted', async () => {
  const id = await newTask()
  const { begin, print, end } = runnerOf(id)
  await begin()
  await print(0, '\x1b[32mgreen\x1b[0m\x1b]0;ti')
  await print(1, 'tle\x07\n\x1b[2Jdone\n')
  await end('success')
  const log = (more: Record<string, string>) =>
    outstation(['task', 'log', String(id)], { env: { ...env, ...more } })
  assert.equal((await log({})).stdout, 'green\ndone\n')
  assert.equal((await log({ FORCE_COLOR: '1' })).stdout, '\x1b[32mgreen\x1b[0m\ndone\n')
  assert.equal((await log({ FORCE_COLOR: '1', NO_COLOR: '1' })).stdout, 'green\ndone\n')
})

test('a followed log goes on over a broken connection, and ends with the result', async () => {
  const id = await newTask()
  const { begin, print, end } = runnerOf(id)
  await begin()
  await print(0, 'one\n')
  const child = start(['task', 'log', String(id), '--follow'], { env })
  const all = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  await printed(child.stdout, 'one')
  api.http.server.closeAllConnections()
  await print(1, 'two\n')
  await end('error', 'exit status 3')
  const [stdout, stderr, [code]] = await all
  assert.equal(stdout, 'one\ntwo\n')
  assert.match(stderr, /outstation: task \d+ ended with error: exit status 3\n$/)
  assert.equal(code, 1)
})

test('what the tool counted is shown at the end', async () => {
  const id = await newTask()
  const { begin, end } = runnerOf(id)
  await begin()
  const counts = { ...{ ok: 3, changed: 1, unreachable: 0, failed: 0, skipped: 0 }, rescued: 0 }
  const total = { hosts: 1, ...counts, ignored: 0 }
  await end('success', null, { kind: 'ansible', total, hosts: [] })
  const { stderr } = await run('task', 'log', String(id), '--follow')
  assert.match(stderr, /^task \d+: 1 host: ok=3 changed=1 /m)
})

test('the exit code of --wait is the result', async () => {
  const child = start(['task', 'run', '--template', 'Hello', '--wait'], { env })
  const all = Promise.all([text(child.stdout), once(child, 'close')])
  await printed(child.stdout, 'waiting')
  const [{ id }] = (await api.admin.get(`${project.path}/tasks?limit=1`)).json()
  await runnerOf(id).begin()
  await runnerOf(id).print(0, 'not shown\n')
  await runnerOf(id).end('success')
  const [stdout, [code]] = await all
  assert.deepEqual([stdout, code], [`task ${id}: waiting\n`, 0])
})

test('a task is stopped; one that is over is left alone', async () => {
  const id = await newTask()
  const stop = () => run('task', 'stop', String(id))
  assert.equal((await stop()).stdout, `task ${id}: told to stop\n`)
  assert.equal((await stop()).stdout, `task ${id}: stopped already\n`)
})

test('a task that waits for a word gets it', async () => {
  const id = await newTask()
  await runnerOf(id).begin()
  const say = (word: string) => run('task', word, String(id))
  const early = await say('confirm')
  assert.equal(early.code, 1)
  assert.match(early.stderr, /^outstation: task \d+ is running: it does not wait for a decision\n$/)
  await api.context.store.commit(async ({ db }) => {
    await db('attempts').where({ task_id: id }).update({ confirmation: 'open' })
    await db('tasks').where({ id }).update({ status: 'waiting_confirmation' })
  })
  assert.equal((await say('reject')).stdout, `task ${id}: rejected\n`)
})

test('a wrong token, an unknown task, an unknown project are one line', async () => {
  const cases: [args: string[], more: Record<string, string>, line: RegExp][] = [
    [['list'], { OUTSTATION_TOKEN: 'wrong' }, /^outstation: [^\n]+\n$/],
    [['log', '9999'], {}, /^outstation: task 9999: not found in the projects that you may see\n$/],
    [['list', '--project', 'x'], {}, /^outstation: --project: expected one of home, got x\n$/],
  ]
  for (const [args, more, line] of cases) {
    const { code, stderr } = await outstation(['task', ...args], { env: { ...env, ...more } })
    assert.equal(code, 1)
    assert.match(stderr, line)
  }
})

test('why a task waits, for a person and for a program', async () => {
  const id = await newTask()
  const { code, stdout, stderr } = await run('task', 'explain', String(id))
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(stdout, `task ${id}: waiting\n- there is no runner that serves this project\n`)
  const asked = await run('task', 'explain', String(id), '--json')
  const { status, findings } = JSON.parse(asked.stdout)
  assert.deepEqual([status, findings[0].code], ['waiting', 'no-runner'])
  const unknown = await run('task', 'explain', '999999')
  assert.equal(unknown.code, 1)
  assert.match(
    unknown.stderr,
    /^outstation: task 999999: not found in the projects that you may see\n$/,
  )
})

test('times are those of the clock on the wall', async () => {
  const name = 'edge \x1b[31m'
  const { id: runner } = (await api.admin.post('/api/runners', { name })).json()
  const touched = Date.parse('2026-07-01T10:00:00Z')
  await api.context.store.commit(({ db }) =>
    db('runners').where({ id: runner }).update({ touched }),
  )
  const args = ['task', 'explain', String(await newTask())]
  const { stdout } = await outstation(args, { env: { ...env, TZ: 'Europe/Berlin' } })
  assert.match(stdout, /is offline, last heard at 2026-07-01 12:00:00\n$/)
  assert.ok(!stdout.includes('\x1b'), 'a name commands no terminal')
  await api.admin.delete(`/api/runners/${runner}`)
})

test('who follows a task that waits is told why', async () => {
  const flags = ['--project', 'home', '--template', 'Hello', '--follow']
  const child = start(['task', 'run', ...flags], { env })
  child.stdin.end()
  await printed(child.stderr, ': waiting: there is no runner that serves this project\n')
  const [task] = (await api.admin.get(`${project.path}/tasks`)).json()
  await runnerOf(task.id).end('success')
  const [code] = await once(child, 'close')
  assert.equal(code, 0)
})

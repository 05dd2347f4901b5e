/** A runner from its start to its end: how it comes, how many tasks it takes, and every way to go. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { outstation } from '../cli/outstation.ts'
import { within } from '../kit/broker.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { openGate, waitAt } from '../kit/gate.ts'
import type { Body } from '../kit/http.ts'
import { noLimits } from '../kit/limits.ts'
import { taskProcesses } from '../kit/processes.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { RunnerOptions, WorldRunner } from '../kit/world-runner.ts'

const files = {
  'wait.sh': `trap 'exit 0' TERM\necho started\n${waitAt('$1')}echo over\n`,
  'mark.sh': 'echo ran >> "$1"\n',
  'spread.sh': 'setsid sleep 3600 &\necho started\nsleep 3600\n',
  'count.sh': `echo + >> "$1"\necho counted\n${waitAt('$2')}echo - >> "$1"\n`,
}

let world: World
before(async () => {
  world = await openWorld({ files, runners: 0, server: { max_parallel_tasks: 3 } })
})
after(() => world.close())
afterEach(async () => {
  for (const runner of world.runners.splice(0)) {
    await runner.end('SIGKILL')
    await world.api.delete(`/api/runners/${runner.id}`)
  }
})

let made = 0
const newFile = () => join(world.folder, `file-${++made}`)

async function startRunner(options?: RunnerOptions): Promise<WorldRunner> {
  const runner = await world.addRunner(options)
  await runner.start()
  return runner
}

/** A task that runs until its gate is opened. */
async function startTask(): Promise<{ task: number; gate: string }> {
  const gate = newFile()
  const task = await world.script('wait.sh', gate)
  await world.printed(task, 'started\n')
  return { task, gate }
}

/** An offer that was on its way to a runner that takes nothing more comes back. */
async function expectWaiting(task: number): Promise<void> {
  await world.until(task, ({ status }) => status === 'waiting')
}

async function expectNextRuns(): Promise<void> {
  assert.equal((await world.finished(await world.script('mark.sh', newFile()))).status, 'success')
}

test('SIGTERM drains: what runs may end, nothing new is taken, exit code 0', async () => {
  const runner = await startRunner()
  const { task, gate } = await startTask()
  const end = runner.end('SIGTERM')
  await runner.logged('draining: nothing new is taken', { running: 1 })
  const late = await world.script('mark.sh', newFile())
  await openGate(gate)
  assert.equal((await world.finished(task)).status, 'success')
  assert.match(await world.log(task), /started\nover\n$/)
  assert.equal(await end, 0)
  await expectWaiting(late)
  await runner.start()
  assert.equal((await world.finished(late)).status, 'success')
})

test('a second SIGTERM cancels what runs', async () => {
  const runner = await startRunner()
  const { task } = await startTask()
  runner.signal('SIGTERM')
  await runner.logged('draining: nothing new is taken')
  assert.equal(await runner.end('SIGTERM'), 0)
  assert.equal((await world.finished(task)).status, 'stopped')
})

test('one_off takes one task, delivers it and ends with 0', async () => {
  const first = await world.script('mark.sh', newFile())
  const second = await world.script('mark.sh', newFile())
  const runner = await startRunner({ runner: { one_off: true } })
  assert.equal(await runner.ended(), 0)
  assert.equal((await world.task(first)).status, 'success')
  await expectWaiting(second)
  await startRunner()
  assert.equal((await world.finished(second)).status, 'success')
})

test('killed while a task runs: reported as interrupted, its processes ended, on with the next', async () => {
  const runner = await startRunner()
  const task = await world.script('spread.sh')
  await world.printed(task, 'started\n')
  await runner.end('SIGKILL')
  assert.ok(taskProcesses(runner.folder).length >= 2)
  await runner.start()
  assert.deepEqual(taskProcesses(runner.folder), [])
  const { status, reason, attempt } = await world.finished(task)
  assert.deepEqual([status, attempt], ['error', 1])
  assert.match(reason, /^Interrupted: the runner's process died/)
  assert.match(await world.log(task), /started\nInterrupted: .*\n$/)
  await expectNextRuns()
})

test('killed when a task was accepted and not yet claimed: it runs, once', async (t) => {
  const proxy = await FaultProxy.start(world.mqttPort)
  t.after(() => proxy.close())
  const runner = await startRunner({ runner: { mqtt_url: `mqtts://localhost:${proxy.port}` } })
  // More than the acknowledgement of the offer: the claim, which comes after the journal's fsync.
  const claimed = new Promise<void>((resolve) => {
    proxy.onSwallowed = (total) => total > 100 && resolve()
  })
  proxy.swallows = ['up']
  const file = newFile()
  const task = await world.script('mark.sh', file)
  await claimed
  await runner.end('SIGKILL')
  proxy.cut()
  await runner.start()
  assert.equal((await world.finished(task)).status, 'success')
  assert.equal(await readFile(file, 'utf8'), 'ran\n')
})

test('unregister: the server forgets the runner, the runner its token', async () => {
  const runner = await startRunner()
  const dropped = runner.next('disconnected')
  const { code, stdout } = await outstation(['runner', 'unregister', '--config', runner.config])
  assert.deepEqual([code, stdout], [0, 'Unregistered\n'])
  await dropped
  assert.equal((await world.api.get(`/api/runners/${runner.id}`)).status, 404)
  assert.equal(existsSync(join(runner.folder, 'token')), false)
})

for (const [what, revoke] of [
  ['removed', (id: number) => world.api.delete(`/api/runners/${id}`)],
  ['given another token', (id: number) => world.api.post(`/api/runners/${id}/token`)],
] as const) {
  test(`a runner that is ${what} is cut off within a second, and told what to do`, async () => {
    const runner = await startRunner()
    const [dropped, refused] = [runner.next('disconnected'), runner.next('refused by the broker')]
    await revoke(runner.id)
    await within(1_000, 'the connection closed', dropped)
    const { reason, fix } = await refused
    assert.match(String(reason), /does not accept the credentials/)
    assert.match(String(fix), /register it anew/)
  })
}

test('a runner that was described beforehand: one machine registers as it, and it tells of itself', async () => {
  const answer = await world.api.post('/api/runners', { name: 'announced', registered: false })
  const { id } = answer.json()
  const path = `/api/runners/${id}`
  const { registration_token } = (await world.api.post(`${path}/registration-token`)).json()
  const place = await world.addRunner()
  await world.api.delete(`/api/runners/${place.id}`)
  const register = ['runner', 'register', '--stdin-registration-token', '--config', place.config]
  const first = await outstation(register, { input: `${registration_token}\n` })
  assert.equal(first.code, 0, first.stderr)
  const second = await outstation(register, { input: `${registration_token}\n` })
  assert.deepEqual([second.code, /Invalid registration token/.test(second.stderr)], [1, true])
  await place.start()
  await expectNextRuns()
  const runner = (await world.api.get(path)).json()
  assert.deepEqual([runner.name, runner.registered, runner.status], ['announced', true, 'online'])
  assert.match(runner.os, new RegExp(`, ${process.arch}$`))
  assert.ok(Date.parse(runner.started_at) <= Date.parse(runner.touched))
  assert.equal((await world.api.delete(path)).status, 204)
})

test('a token that the server does not know is one line and exit code 1', async () => {
  const runner = await world.addRunner()
  await writeFile(join(runner.folder, 'token'), 'another-token')
  const { code, stderr } = await outstation(['runner', '--config', runner.config])
  assert.equal(code, 1)
  assert.match(stderr, /^outstation: the server does not know this runner's token; .*register.*\n$/)
})

test('a server that is down at the start is waited for, and that is said', async () => {
  const runner = await world.addRunner()
  await world.server.end('SIGTERM')
  const end = runner.launch()
  const { reason } = await runner.logged('server not reached; trying again')
  assert.match(String(reason), new RegExp(`localhost:${world.port}`))
  await world.server.start()
  await Promise.race([runner.logged('connected'), end])
  await expectNextRuns()
  const said = runner.events.filter(({ event }) => event === 'server not reached; trying again')
  assert.equal(said.length, 1)
})

test('max_parallel_tasks of runner, project and server', async () => {
  const { api, project } = world
  const putRunner = ({ id }: WorldRunner, body: object) => api.put(`/api/runners/${id}`, body)
  const putProject = (body: object) => api.put(project.path, { name: 'World', ...body })

  const pair = [
    await startRunner({ runner: { max_parallel_tasks: 1 } }),
    await startRunner({ runner: { max_parallel_tasks: 1 } }),
  ]
  const runners = await expectAtOnce(2)
  assert.deepEqual(runners.sort(), pair.map(({ id }) => id).sort(), 'two runners share the work')
  for (const runner of pair) await runner.end('SIGTERM')

  const runner = await startRunner()
  await expectAtOnce(3)
  await putRunner(runner, { max_parallel_tasks: 2 })
  await expectAtOnce(2)
  await putProject({ max_parallel_tasks: 1 })
  await expectAtOnce(1)
  await putProject({ max_parallel_tasks: 0 })
})

/** Starts 5 tasks: the first `most` run at once, the others wait. @returns the runners of the first */
async function expectAtOnce(most: number): Promise<number[]> {
  const [file, gate] = [newFile(), newFile()]
  const tasks: number[] = []
  while (tasks.length < 5) tasks.push(await world.script('count.sh', file, gate))
  const rows: Body[] = []
  for (const task of tasks.slice(0, most)) {
    await world.printed(task, 'counted\n')
    rows.push(await world.task(task))
  }
  for (const task of tasks.slice(most)) assert.equal((await world.task(task)).status, 'waiting')
  await openGate(gate)
  for (const task of tasks) assert.equal((await world.finished(task)).status, 'success')
  assert.equal(peakOf(await readFile(file, 'utf8')), most)
  return rows.map(({ runner_id }) => runner_id)
}

/** The most that were open at once, of lines "+" and "-". */
function peakOf(text: string): number {
  let [open, peak] = [0, 0]
  for (const line of text.trim().split('\n')) {
    open += line === '+' ? 1 : -1
    peak = Math.max(peak, open)
  }
  return peak
}

test('the built-in runner keeps to the policy and the limits that its server names', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-policy-'))
  t.after(() => rm(folder, { recursive: true }))
  const policy_file = join(folder, 'policy.json')
  await writeFile(policy_file, '{ "templates": ["allowed"] }', { mode: 0o600 })
  const built_in_runner = { policy_file, limits: noLimits ? {} : { pids: 60 } }
  const own = await openWorld({
    files: { 'many.sh': 'for i in $(seq 90); do sleep 900 & done 2>/dev/null; exit 3' },
    runners: 0,
    server: { use_remote_runner: false, built_in_runner },
  })
  t.after(() => own.close())
  const run = async (name: string) =>
    own.finished(await own.run(await own.template({ name, playbook: 'many.sh' })))
  assert.match((await run('other')).reason, /^template "other": not allowed by the policy/)
  const { reason } = await run('allowed')
  if (noLimits) return t.diagnostic(`without limits: ${noLimits}`)
  assert.equal(reason, 'met the limit of 60 processes and threads (runner.limits.pids)')
})

test('the built-in runner', async (t) => {
  const own = await openWorld({ files, runners: 0, server: { use_remote_runner: false } })
  t.after(() => own.close())
  const state = join(own.dataDir, 'built-in-runner')
  const file = join(own.folder, 'file')

  await t.test('runs tasks', async () => {
    assert.equal((await own.finished(await own.script('mark.sh', file))).status, 'success')
  })

  await t.test('a server that was killed gets another one', async () => {
    const task = await own.script('spread.sh')
    await own.printed(task, 'started\n')
    await own.server.end('SIGKILL')
    // What is meant for some other runner, such as a file of variables that all containers share.
    own.server.env = { SEMAPHORE_RUNNER_TOKEN: 'of another runner' }
    await own.server.start()
    const { status, reason } = await own.finished(task)
    assert.equal(status, 'error')
    assert.match(reason, /^Interrupted/)
    assert.equal((await own.finished(await own.script('mark.sh', file))).status, 'success')
  })

  await t.test('ends with its server, and what it runs', async () => {
    const task = await own.script('wait.sh', join(own.folder, 'never'))
    await own.printed(task, 'started\n')
    assert.equal(await own.server.end('SIGTERM'), 0)
    assert.deepEqual(taskProcesses(own.folder), [])
    assert.equal(existsSync(join(state, 'token.state', 'runner.lock')), false)
    await own.server.start()
    assert.equal((await own.task(task)).status, 'stopped')
  })
})

/** Why a task waits, asked of a real server about real runners; and what is done about it makes it go on. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../lib/clock.ts'
import type { Body } from '../kit/http.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const files = {
  'hello.sh': 'echo hello\n',
  'hold.sh': 'echo started\nuntil test -e "$1"; do sleep 0.1; done\n',
}

let world: World
let runner: WorldRunner
before(async () => {
  world = await openWorld({ files, runners: 0 })
})
after(() => world.close())

async function texts(task: number): Promise<string[]> {
  const { status, json, text } = await world.api.get(`${world.project.path}/tasks/${task}/explain`)
  assert.equal(status, 200, text)
  return json().findings.map((finding: Body) => finding.text)
}

/** Resolves once the first finding is as expected: some time after what caused it, when the server knows. */
async function explained(task: number, first: RegExp): Promise<string[]> {
  const patience = AbortSignal.timeout(30_000)
  for (;;) {
    const found = await texts(task)
    if (first.test(found[0] ?? '')) return found
    if (patience.aborted) assert.fail(`expected ${first}, got ${found.join('; ')}`)
    await systemClock.sleep(100)
  }
}

async function change(path: string, columns: object): Promise<void> {
  const { status, text } = await world.api.put(path, columns)
  assert.equal(status, 204, text)
}

async function changeTemplate(template: number, columns: object): Promise<void> {
  const path = `${world.project.path}/templates/${template}`
  await change(path, { ...(await world.api.get(path)).json(), ...columns })
}

test('no runner; none with the tag; one that is offline; then it runs', async () => {
  const template = await world.template({ playbook: 'hello.sh', runner_tag: 'edge' })
  const task = await world.run(template)
  assert.deepEqual(await texts(task), ['there is no runner that serves this project'])

  runner = await world.addRunner()
  const path = `/api/runners/${runner.id}`
  await change(path, { name: 'shed', max_parallel_tasks: 1 })
  assert.deepEqual(await texts(task), [
    `no runner has the tag edge (runner ${runner.id} 'shed' has none)`,
  ])

  await change(path, { tags: ['edge'] })
  assert.deepEqual(await texts(task), [
    `the only runner that may take it, runner ${runner.id} 'shed', is offline, never heard of`,
  ])
  await runner.start()
  assert.equal((await world.finished(task)).status, 'success')
  assert.match((await texts(task))[0] ?? '', /^it succeeded on runner \d+ 'shed' at \S+Z, after /)
})

test('a tag that is taken from the template lets what waits for it go', async () => {
  const template = await world.template({ playbook: 'hello.sh', runner_tag: 'gpu' })
  const task = await world.run(template)
  assert.deepEqual(await texts(task), [
    `no runner has the tag gpu (runner ${runner.id} 'shed' has edge)`,
  ])
  await changeTemplate(template, { runner_tag: null })
  assert.equal((await world.finished(task)).status, 'success')
})

test('busy slots, with the place in the queue', async () => {
  const go = join(world.folder, 'go')
  const holds = await world.script('hold.sh', go)
  await world.printed(holds, 'started\n')
  const [second, third] = [await world.script('hello.sh'), await world.script('hello.sh')]
  const full = `the only runner that may take it, runner ${runner.id} 'shed', runs 1 of 1 task`
  assert.deepEqual(await texts(second), [full])
  assert.deepEqual(await texts(third), [full, '1 task is ahead of it'])
  assert.match(
    (await texts(holds))[0] ?? '',
    /^attempt 1 runs on runner \d+ 'shed' since \S+Z, last/,
  )
  writeFileSync(go, '')
  assert.equal((await world.finished(third)).status, 'success')
})

test('a project limit that is raised lets the next one go', async () => {
  const go = join(world.folder, 'go too')
  const holds = await world.script('hold.sh', go)
  await world.printed(holds, 'started\n')
  await change(`/api/runners/${runner.id}`, { max_parallel_tasks: 0 })
  const limit = (max_parallel_tasks: number) =>
    change(world.project.path, { name: 'World', max_parallel_tasks })
  await limit(1)
  const task = await world.script('hello.sh')
  assert.deepEqual(await texts(task), ["the project's limit of tasks at once is reached: 1 of 1"])
  await limit(0)
  assert.equal((await world.finished(task)).status, 'success')
  writeFileSync(go, '')
  assert.equal((await world.finished(holds)).status, 'success')
})

test('a stop that waits for a runner that is away', async () => {
  const task = await world.script('hold.sh', join(world.folder, 'never'))
  await world.printed(task, 'started\n')
  await runner.end('SIGKILL')
  const [away, grace] = await explained(
    task,
    /^runner \d+ 'shed' is offline, last heard at \S+Z; attempt 1 runs on it/,
  )
  assert.match(away ?? '', /goes on if only the link is gone: its log waits on its disk$/)
  assert.equal(
    grace,
    'if it stays silent, the policy `fail` ends it as error 10 min after its lease',
  )
  await world.stop(task)
  const [pending] = await texts(task)
  assert.match(
    pending ?? '',
    /^a stop waits for runner \d+ 'shed', which is offline, last heard at \S+Z/,
  )
  await runner.start()
  await world.finished(task)
  assert.match((await texts(task))[0] ?? '', /^it (was stopped|failed) on runner \d+ 'shed'/)
})

/**
 * A plan, a person's word, the apply, with real processes over the real wire: the server dies while
 * tasks wait, the runner is away while the word is said, or dies. By Terraform and its kin side by side,
 * each by its stand-in where the program is not there.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openWorld, type World } from '../kit/world.ts'
import { pathWithStandIns } from '../runner/job/apps/recorded.ts'

const apps = ['terraform', 'tofu', 'terragrunt']
const files = {
  'infra/main.tf': 'resource "terraform_data" "one" {}\n',
  'infra/terragrunt.hcl': '',
}

let world: World
let templates: number[]
before(async () => {
  world = await openWorld({ files, settings: { env_vars: { PATH: pathWithStandIns } } })
  const common = { playbook: 'infra', task_params: { allow_destroy: true } }
  templates = await Promise.all(apps.map((app) => world.template({ app, ...common })))
})
after(() => world.close())

const run = (body = {}) => Promise.all(templates.map((template) => world.run(template, body)))

const untilTheyWait = (tasks: number[]) =>
  Promise.all(
    tasks.map((task) => world.until(task, ({ status }) => status === 'waiting_confirmation')),
  )

const ends = (tasks: number[]) => Promise.all(tasks.map((task) => world.finished(task)))

async function say(tasks: number[], word: 'confirm' | 'reject'): Promise<void> {
  for (const task of tasks) {
    const { status, text } = await world.api.post(`${world.project.path}/tasks/${task}/${word}`, {})
    assert.equal(status, 204, text)
  }
}

test('a no ends it, and nothing is applied', async () => {
  const tasks = await run()
  await untilTheyWait(tasks)
  await say(tasks, 'reject')
  for (const { status, reason, summary } of await ends(tasks)) {
    assert.deepEqual([status, reason], ['error', 'rejected'])
    assert.deepEqual(summary.planned, { import: 0, add: 1, change: 0, destroy: 0 })
    assert.equal(summary.applied, null)
  }
})

test('a server that dies while a task waits finds it waiting; the yes is applied', async () => {
  const tasks = await run()
  await untilTheyWait(tasks)
  await world.server.end('SIGKILL')
  await world.server.start()
  await untilTheyWait(tasks)
  await say(tasks, 'confirm')
  for (const { status, summary } of await ends(tasks)) {
    assert.equal(status, 'success')
    assert.equal(summary.applied.add, 1)
  }
  for (const log of await Promise.all(tasks.map((task) => world.log(task)))) {
    assert.match(log, /Waiting for confirmation\nConfirmed\n/)
    assert.equal(log.split('Apply complete!').length, 2, 'applied once')
  }
})

test('what is said while the runner stands still is heard when it goes on', async () => {
  const tasks = await run({ params: { destroy: true } })
  await untilTheyWait(tasks)
  const { pid } = world.runners[0] ?? { pid: 0 }
  process.kill(pid, 'SIGSTOP')
  try {
    await say(tasks, 'confirm')
    await world.server.end('SIGKILL')
    await world.server.start()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  for (const { status, summary } of await ends(tasks)) {
    assert.equal(status, 'success')
    assert.equal(summary.applied.destroy, 1)
  }
})

test('without changes nobody is asked', async () => {
  for (const { status, summary } of await ends(await run({ params: { destroy: true } }))) {
    assert.equal(status, 'success')
    assert.equal(summary.applied, null)
  }
})

test('a stop ends what waits', async () => {
  const tasks = await run()
  await untilTheyWait(tasks)
  for (const task of tasks) await world.stop(task)
  for (const { status } of await ends(tasks)) assert.equal(status, 'stopped')
})

test('a runner that dies while its job waits reports it as interrupted', async () => {
  const tasks = await run()
  await untilTheyWait(tasks)
  await world.runners[0]?.end('SIGKILL')
  await world.runners[0]?.start()
  for (const { status, reason } of await ends(tasks)) {
    assert.equal(status, 'error')
    assert.match(reason, /^Interrupted: /)
  }
})

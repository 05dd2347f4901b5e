/**
 * Terraform's plan, a person's word, its apply, with real processes over the real wire: the server dies
 * while a task waits, the runner is away while the word is said, or dies. By the stand-in of
 * terraform where there is none.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openWorld, type World } from '../kit/world.ts'
import { recordedPath, unlessThere } from '../runner/job/apps/recorded.ts'

const main = 'resource "terraform_data" "one" {}\n'

let world: World
let template: number
before(async () => {
  const settings = unlessThere('terraform') ? { env_vars: { PATH: recordedPath } } : {}
  world = await openWorld({ files: { 'infra/main.tf': main }, settings })
  template = await world.template({
    ...{ app: 'terraform', playbook: 'infra' },
    task_params: { allow_destroy: true },
  })
})
after(() => world.close())

const waiting = ({ status }: { status: string }) => status === 'waiting_confirmation'

async function say(task: number, word: 'confirm' | 'reject'): Promise<void> {
  const { status, text } = await world.api.post(`${world.project.path}/tasks/${task}/${word}`, {})
  assert.equal(status, 204, text)
}

test('a no ends it, and nothing is applied', async () => {
  const task = await world.run(template)
  await world.until(task, waiting)
  await say(task, 'reject')
  const { status, reason, summary } = await world.finished(task)
  assert.deepEqual([status, reason], ['error', 'rejected'])
  assert.deepEqual(summary.planned, { import: 0, add: 1, change: 0, destroy: 0 })
  assert.equal(summary.applied, null)
})

test('a server that dies while a task waits finds it waiting; the yes is applied', async () => {
  const task = await world.run(template)
  await world.until(task, waiting)
  await world.server.end('SIGKILL')
  await world.server.start()
  await world.until(task, waiting)
  await say(task, 'confirm')
  const { status, summary } = await world.finished(task)
  assert.equal(status, 'success')
  assert.equal(summary.applied.add, 1)
  const log = await world.log(task)
  assert.match(log, /Waiting for confirmation\nConfirmed\n/)
  assert.equal(log.split('Apply complete!').length, 2, 'applied once')
})

test('what is said while the runner stands still is heard when it goes on', async () => {
  const task = await world.run(template, { params: { destroy: true } })
  await world.until(task, waiting)
  const { pid } = world.runners[0] ?? { pid: 0 }
  process.kill(pid, 'SIGSTOP')
  try {
    await say(task, 'confirm')
    await world.server.end('SIGKILL')
    await world.server.start()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  const { status, summary } = await world.finished(task)
  assert.equal(status, 'success')
  assert.equal(summary.applied.destroy, 1)
})

test('without changes nobody is asked', async () => {
  const { status, summary } = await world.finished(
    await world.run(template, { params: { destroy: true } }),
  )
  assert.equal(status, 'success')
  assert.equal(summary.applied, null)
})

test('a stop ends what waits', async () => {
  const task = await world.run(template)
  await world.until(task, waiting)
  await world.stop(task)
  assert.equal((await world.finished(task)).status, 'stopped')
})

test('a runner that dies while its job waits reports it as interrupted', async () => {
  const task = await world.run(template)
  await world.until(task, waiting)
  await world.runners[0]?.end('SIGKILL')
  await world.runners[0]?.start()
  const { status, reason } = await world.finished(task)
  assert.equal(status, 'error')
  assert.match(reason, /^Interrupted: /)
})

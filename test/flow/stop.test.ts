/** A wish to stop, met in each state that a task can be in. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { within } from '../kit/broker.ts'
import { taskProcesses } from '../kit/processes.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const files = {
  'stubborn.sh': `trap '' TERM
setsid bash -c "trap '' TERM; while :; do sleep 0.1; done" &
echo started
while :; do sleep 0.1; done
`,
  'polite.sh': `trap 'echo put away; exit 0' TERM
echo started
while :; do sleep 0.1; done
`,
  'mark.sh': 'echo ran > "$1"\n',
}

let world: World
let runner: WorldRunner
before(async () => {
  world = await openWorld({ files })
  runner = world.runners[0] as WorldRunner
})
after(() => world.close())

async function started(script: string): Promise<number> {
  const task = await world.script(script)
  await world.printed(task, 'started\n')
  assert.notDeepEqual(taskProcesses(runner.folder), [])
  return task
}

async function expectNextRuns(): Promise<void> {
  const file = join(world.folder, 'next')
  assert.equal((await world.finished(await world.script('mark.sh', file))).status, 'success')
}

test('a script that ignores TERM has ended in 15 s, with a child that left its session', async () => {
  const task = await started('stubborn.sh')
  await world.stop(task)
  const { status, reason } = await within(15_000, 'the end', world.finished(task))
  assert.deepEqual([status, reason], ['stopped', 'stopped on request'])
  assert.deepEqual(taskProcesses(runner.folder), [])
  await expectNextRuns()
})

test('a script that heeds TERM has the time to put its things away', async () => {
  const task = await started('polite.sh')
  await world.stop(task)
  assert.equal((await world.finished(task)).status, 'stopped')
  assert.match(await world.log(task), /put away\nStopped on request\n$/)
})

test('force ends the task at once, and its processes without grace', async () => {
  const task = await started('stubborn.sh')
  const ended = runner.next('task ended', { task })
  await world.stop(task, { force: true })
  const { status, reason } = await world.task(task)
  assert.deepEqual([status, reason], ['stopped', 'stopped by force'])
  await within(5_000, 'the end of its processes', ended)
  assert.deepEqual(taskProcesses(runner.folder), [])
  await expectNextRuns()
})

test('force cuts the grace of an earlier stop short', async () => {
  const task = await started('stubborn.sh')
  const ended = runner.next('task ended', { task })
  await world.stop(task)
  assert.equal((await world.task(task)).status, 'stopping')
  await world.stop(task, { force: true })
  assert.equal((await world.task(task)).status, 'stopped')
  await within(5_000, 'the end of its processes', ended)
})

test('a task that waits is stopped at once and never runs', async () => {
  const activate = (active: boolean) =>
    world.api.post(`/api/runners/${runner.id}/active`, { active })
  assert.equal((await activate(false)).status, 204)
  const file = join(world.folder, 'waiting')
  const task = await world.script('mark.sh', file)
  assert.equal((await world.task(task)).status, 'waiting')
  await world.stop(task)
  assert.equal((await world.task(task)).status, 'stopped')
  assert.equal((await activate(true)).status, 204)
  await expectNextRuns()
  assert.equal(existsSync(file), false)
})

test('a task that is offered to a frozen runner is stopped at once and never runs', async () => {
  runner.signal('SIGSTOP')
  const file = join(world.folder, 'offered')
  const task = await world.script('mark.sh', file)
  await world.until(task, ({ status }) => status === 'starting')
  await world.stop(task)
  assert.equal((await world.task(task)).status, 'stopped')
  runner.signal('SIGCONT')
  await expectNextRuns()
  assert.equal(existsSync(file), false)
})

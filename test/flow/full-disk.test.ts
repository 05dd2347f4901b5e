/** Disks that are full while tasks run: time is lost, and nothing else. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { found } from '../kit/findings.ts'
import { openGate } from '../kit/gate.ts'
import type { Body } from '../kit/http.ts'
import { SmallDisk } from '../kit/small-disk.ts'
import { openWorld, type World, type WorldOptions } from '../kit/world.ts'

/** Prints a numbered line now and then until the gate `$1` is open, then 2,000 at once. */
const chatter = `#!/bin/bash
n=0
say() { n=$((n + 1)); echo "line $n"; }
until [ -e "$1" ]; do say; sleep 0.02; done
for _ in {1..2000}; do say; done
echo end
`

async function worldOf(t: TestContext, options: Partial<WorldOptions>): Promise<World> {
  const files = { 'chatter.sh': chatter, 'short.sh': 'echo short\n' }
  const world = await openWorld({ files, runner: { max_parallel_tasks: 1 }, ...options })
  t.after(() => world.close())
  return world
}

function assertWhole(log: string): void {
  const lines = log.split('\n')
  const numbers = lines.flatMap((line) => /^line (\d+)$/.exec(line)?.[1] ?? []).map(Number)
  assert.deepEqual(
    numbers,
    Array.from(numbers, (_, index) => index + 1),
  )
  assert.ok(numbers.length > 2000)
  assert.deepEqual(lines.slice(-3), [`line ${numbers.length}`, 'end', ''])
}

for (const { mark, leave, reason } of [
  { mark: 0, leave: 0, reason: 'no space is left on its disk' },
  {
    mark: 50,
    leave: 1_048_576,
    reason: 'less space is left on its disk than disk.min_free_mb wants',
  },
]) {
  test(`server, disk.min_free_mb ${mark}: it pauses, says so, and goes on by itself`, async (t) => {
    const disk = await SmallDisk.for(t, 24)
    if (disk === undefined) return
    const server = { disk: { min_free_mb: mark } }
    const world = await worldOf(t, { dataDir: disk.path, server })
    const gate = `${world.folder}/gate`
    const chatting = await world.script('chatter.sh', gate)
    await world.printed(chatting, 'line 5\n')
    const waiting = await world.script('short.sh')

    const paused = world.server.next(
      'paused: the database cannot be written; nothing is taken until it can',
    )
    await disk.fill(leave)
    assert.deepEqual((await paused).reason, reason)
    const unready = await world.api.get('/readyz')
    assert.equal(unready.status, 503)
    assert.match(
      unready.json().error,
      new RegExp(`^the database .* cannot be written: ${reason}; `),
    )
    const refused = await world.api.post(`${world.project.path}/tasks`, { template_id: 1 })
    assert.deepEqual(
      [refused.status, refused.headers['retry-after'], refused.json()],
      [503, '5', unready.json()],
    )
    assert.equal((await world.api.get('/healthz')).status, 200)
    assert.match(await world.log(chatting), /line 5\n/)

    // All that it still has to say, and its result, come while nothing is taken.
    const ended = world.runners[0]?.next('task ended')
    await openGate(gate)
    await ended
    assert.equal((await world.task(chatting)).status, 'running')
    assert.equal((await world.task(waiting)).status, 'waiting')

    const resumed = world.server.next('resumed: the database is written again')
    await disk.free()
    await resumed
    assert.equal((await world.api.get('/readyz')).status, 200)
    assert.equal((await world.finished(chatting)).status, 'success')
    assertWhole(await world.log(chatting))
    assert.equal((await world.finished(waiting)).status, 'success')
    const { status } = await world.finished(await world.script('short.sh'))
    assert.equal(status, 'success')
    const errors = world.server.events.filter(({ level }) => level === 'error')
    assert.deepEqual(
      errors.map(({ event }) => event),
      [(await paused).event],
    )
  })
}

test('runner: a task waits in its own write, nothing new is taken, and all of it comes', async (t) => {
  const disk = await SmallDisk.for(t, 16)
  if (disk === undefined) return
  const world = await worldOf(t, {
    runner: { data_dir: `${disk.path}/state`, max_parallel_tasks: 2 },
    settings: { disk: { min_free_mb: 0 } },
  })
  const runner = world.runners[0] as World['runners'][number]
  const gate = `${world.folder}/gate`
  const chatting = await world.script('chatter.sh', gate)
  await world.printed(chatting, 'line 5\n')

  const waits = runner.next('spool: cannot write, the task waits')
  await disk.fill()
  await waits
  const waiting = await world.script('short.sh')
  const paused = await found(world, waiting, 'runner-pauses')
  assert.match(paused.text, /cannot write .*: no space left/)
  await openGate(gate)
  assert.equal((await world.task(chatting)).status, 'running')
  assert.equal((await world.task(waiting)).status, 'waiting')

  await disk.free()
  assert.equal((await world.finished(chatting)).status, 'success')
  assertWhole(await world.log(chatting))
  assert.equal((await world.finished(waiting)).status, 'success')
})

test('runner, disk.min_free_mb: nothing new is taken before the disk is full', async (t) => {
  const disk = await SmallDisk.for(t, 24)
  if (disk === undefined) return
  const world = await worldOf(t, { runner: { data_dir: `${disk.path}/state` } })
  const runner = world.runners[0] as World['runners'][number]
  const short = runner.next('nothing new is taken: too little space is left')
  await disk.fill(1_048_576)
  await short
  const waiting = await world.script('short.sh')
  const paused = await found(world, waiting, 'runner-pauses')
  assert.match(paused.text, /too little space is left at /)
  await disk.free()
  assert.equal((await world.finished(waiting)).status, 'success')
})

test('runner: a file for which its disk has no room is named, and the task succeeds', async (t) => {
  const disk = await SmallDisk.for(t, 24)
  if (disk === undefined) return
  const make = 'head -c 24500000 /dev/zero > large; echo small > small\n'
  const options = { files: { 'make.sh': make }, runner: { data_dir: disk.path } }
  const world = await worldOf(t, options)
  const task = await world.run(
    await world.template({ playbook: 'make.sh', artifacts: ['large', 'small'] }),
  )
  assert.equal((await world.finished(task)).status, 'success')
  const list = (await world.api.get(`${world.project.path}/tasks/${task}/artifacts`)).json()
  assert.deepEqual(
    list.map(({ name, problem }: Body) => [name, problem]),
    [
      ['large', "it has 24500000 bytes, and the disk of the runner's data_dir has no room"],
      ['small', null],
    ],
  )
})

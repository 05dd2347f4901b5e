/** D7: a runner that never comes back. Its tasks show it, then end or go to another, as templates say. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openWorld, type World } from '../kit/world.ts'

let world: World
before(async () => {
  world = await openWorld({
    runners: 2,
    files: {
      'long.sh': 'echo started\nsleep 3600\n',
      'first.sh': 'test -e "$1" || { : > "$1"; echo begun; sleep 3600; }\n',
    },
    // Unreachable for long enough that it can be asked for, on a slow machine too.
    server: { runners: { offline_timeout_sec: 5, task_fail_timeout_sec: 4 } },
    runner: { max_parallel_tasks: 2 },
  })
})
after(() => world.close())

test('unreachable, then failed; an idempotent task runs again elsewhere', async () => {
  const fails = await world.template({ name: 'fails', app: 'bash', playbook: 'long.sh' })
  const again = await world.template({
    name: 'again',
    app: 'bash',
    playbook: 'first.sh',
    arguments: JSON.stringify([`${world.folder}/first`]),
    silence_policy: 'requeue',
    idempotent: true,
  })
  const other = `/api/runners/${world.runners[1]?.id}/active`
  assert.equal((await world.api.post(other, { active: false })).status, 204)
  const [one, two] = [await world.run(fails), await world.run(again)]
  // Each runs a little before its script does: a runner that dies in between has made no file, and
  // the second attempt would take itself for the first.
  await world.printed(one, 'started\n')
  await world.printed(two, 'begun\n')

  await world.runners[0]?.end('SIGKILL')
  assert.equal((await world.api.post(other, { active: true })).status, 204)
  const shown = await world.until(one, ({ status }) => status === 'unreachable')
  assert.ok(Date.parse(shown.unreachable_since) > 0)
  const failed = await world.finished(one)
  assert.deepEqual([failed.status, failed.reason], ['error', 'runner 1 stopped responding'])
  const done = await world.finished(two)
  assert.deepEqual([done.status, done.attempt, done.runner_id], ['success', 2, 2])
})

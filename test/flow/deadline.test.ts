import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from '../kit/world.ts'

test('a task that runs longer than max_task_duration_sec is ended, and says so', async (t) => {
  const world = await openWorld({
    files: {
      'long.sh': 'echo started\nsleep 3600\n',
      'short.sh': 'echo short\n',
      'slow.sh': 'sleep 4\n',
    },
    // Long enough for what is short on a machine that is slow, or waits for its disk.
    server: { max_task_duration_sec: 3 },
  })
  t.after(() => world.close())
  const long = await world.template({ name: 'long', app: 'bash', playbook: 'long.sh' })
  const short = await world.template({ name: 'short', app: 'bash', playbook: 'short.sh' })
  const task = await world.run(long)
  const row = await world.finished(task)
  assert.equal(row.status, 'error')
  assert.match(row.reason, /longer than max_task_duration_sec allows: 3 s/)
  assert.match(await world.log(task), /started\n(.*\n)*.*allows: 3 s\n/)
  assert.equal((await world.finished(await world.run(short))).status, 'success')

  const slow = { name: 'slow', app: 'bash', playbook: 'slow.sh', max_task_duration_sec: 0 }
  const patient = await world.template(slow)
  assert.equal((await world.finished(await world.run(patient))).status, 'success')
})

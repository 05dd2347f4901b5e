/**
 * 200 tasks of 1,000 numbered lines over 4 runners; the server and a runner are killed with SIGKILL in
 * the middle and started again. Everything is final, no log has a gap, nothing is spawned twice.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Receiver } from '../kit/receiver.ts'
import { openWorld, type World } from '../kit/world.ts'

const tasks = 200
const lines = 1000

/** Says in a file that it was spawned, then counts; a little slow, so that a kill meets it running. */
const script = `echo "\${OUTSTATION_ATTEMPT%.*}" | cut -d. -f1,2 >> "$1"
for ((from = 1; from <= ${lines}; from += 250)); do
  for ((i = from; i < from + 250; i++)); do echo "line $i of $SEMAPHORE_TASK_DETAILS_ID"; done
  sleep 0.05
done
`

let world: World
let receiver: Receiver
before(async () => {
  receiver = await Receiver.start()
  world = await openWorld({
    runners: 4,
    files: { 'count.sh': script },
    server: { webhooks: { allow_private_addresses: true } },
    runner: { max_parallel_tasks: 4 },
  })
})
after(async () => {
  await world.close()
  await receiver.close()
})

test('every task ends, every log is whole, no attempt is spawned twice', async () => {
  const { api, project } = world
  const spawned = join(world.folder, 'spawned')
  const hook = { name: 'All', url: receiver.url, events: ['task.finished'] }
  assert.equal((await api.post(`${project.path}/webhooks`, hook)).status, 201)
  const template = await world.template({
    name: 'Count',
    app: 'bash',
    playbook: 'count.sh',
    arguments: JSON.stringify([spawned]),
  })
  const ids = await Promise.all(Array.from({ length: tasks }, () => world.run(template)))

  await receiver.has(tasks * 0.2)
  await world.runners[0]?.end('SIGKILL')
  await world.runners[0]?.start()
  await receiver.has(tasks * 0.5)
  await world.server.end('SIGKILL')
  await world.server.start()
  await receiver.has(tasks)

  const attempts = (await readFile(spawned, 'utf8')).trim().split('\n')
  assert.deepEqual(attempts, [...new Set(attempts)], 'an attempt was spawned twice')

  let interrupted = 0
  for (const id of ids) {
    const row = await world.task(id)
    if (row.status === 'error') {
      assert.match(row.reason, /^Interrupted/, JSON.stringify(row))
      interrupted += 1
      continue
    }
    assert.equal(row.status, 'success', JSON.stringify(row))
    const printed = (await world.log(id)).split('\n').filter((line) => line.startsWith('line '))
    const wanted = Array.from({ length: lines }, (_, index) => `line ${index + 1} of ${id}`)
    assert.deepEqual(printed, wanted)
  }
  assert.ok(interrupted <= 4, `at most what one runner ran is interrupted, got ${interrupted}`)

  const finished = receiver.received.map(({ body }) => JSON.parse(body).data.task_id)
  assert.deepEqual([...new Set(finished)].sort(), [...ids].sort(), 'one completion for each task')
  const named = new Map<number, Set<unknown>>()
  for (const { body, headers } of receiver.received) {
    const { task_id } = JSON.parse(body).data
    named.set(task_id, (named.get(task_id) ?? new Set()).add(headers['webhook-id']))
  }
  for (const [task, webhookIds] of named) assert.equal(webhookIds.size, 1, `task ${task}`)
})

/** A server that is ended and started again in the middle of everything: nobody should notice much. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../lib/clock.ts'
import { within } from '../kit/broker.ts'
import { viewEvents } from '../kit/events.ts'
import { openGate } from '../kit/gate.ts'
import { openWorld, type World } from '../kit/world.ts'

const files = {
  'count.sh': `echo "\${OUTSTATION_ATTEMPT%.*}" | cut -d. -f1,2 >> "$1"
for ((i = 1; ; i++)); do
  echo "line $i"
  [ -e "$2" ] && break
  ((i % 20)) || sleep 0.01
done
echo "last $i"
`,
}
const runners = 3

let world: World
before(async () => {
  world = await openWorld({ files, runners, runner: { max_parallel_tasks: 1 } })
})
after(() => world.close())

test('SIGTERM in the middle of many logs, and a start: nothing is lost, nothing unreachable', async () => {
  const [spawned, gate] = [join(world.folder, 'spawned'), join(world.folder, 'gate')]
  const tasks: number[] = []
  while (tasks.length < runners) tasks.push(await world.script('count.sh', spawned, gate))
  const viewers = tasks.map((task) => watch(task))
  for (const task of tasks) await world.printed(task, 'line 500\n')
  const waiting = await world.script('count.sh', spawned, gate)

  const back = world.runners.map((runner) => runner.next('connected'))
  assert.equal(await within(10_000, 'the end', world.server.end('SIGTERM')), 0)
  await world.server.start()
  await Promise.all(back)
  for (const task of tasks) assert.equal((await world.task(task)).status, 'running')
  assert.equal((await world.task(waiting)).status, 'waiting')
  await openGate(gate)

  for (const task of [...tasks, waiting]) {
    assert.equal((await world.finished(task)).status, 'success')
    assertWhole(await world.log(task))
  }
  for (const [index, viewer] of viewers.entries()) {
    const { output, statuses } = await viewer
    assert.equal(
      output,
      await world.log(tasks[index] as number),
      'a viewer has seen all of it, once',
    )
    assert.equal(statuses.has('unreachable'), false)
  }
  const attempts = (await readFile(spawned, 'utf8')).trim().split('\n')
  assert.equal(new Set(attempts).size, runners + 1)
  assert.equal(attempts.length, runners + 1, 'an attempt was spawned twice')
})

function assertWhole(log: string): void {
  const lines = log.split('\n').filter((line) => line.startsWith('line '))
  const last = Number(/^last (\d+)$/m.exec(log)?.[1])
  const wanted = Array.from({ length: last }, (_, index) => `line ${index + 1}`)
  assert.deepEqual(lines, wanted)
}

/** As a browser does: comes back by itself, with the id of the last event that it has seen. */
async function watch(task: number): Promise<{ output: string; statuses: Set<string> }> {
  const url = `${world.url}${world.project.path}/tasks/${task}/stream`
  const token = (await world.api.post('/api/user/tokens')).json().id
  const statuses = new Set<string>()
  let output = ''
  let seen: string | undefined
  for (;;) {
    const headers = { authorization: `Bearer ${token}`, ...(seen && { 'last-event-id': seen }) }
    try {
      const { events } = await viewEvents(url, world.ca, headers)
      for (let next = await events.next(); !next.done; next = await events.next()) {
        const { event, id, data } = next.value
        seen = id ?? seen
        if (event === 'log') output += data.output
        if (event === 'status') statuses.add(data.status)
      }
    } catch (error) {
      if ((error as { code?: string }).code === undefined) throw error
    }
    if (statuses.has('success')) return { output, statuses }
    await systemClock.sleep(200)
  }
}

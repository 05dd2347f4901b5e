/**
 * The database is put back from a backup while a task runs that waits in the backup. Nothing runs twice,
 * nothing is dropped: a person decides, and the log is whole.
 */
import assert from 'node:assert/strict'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { commandLineOf } from '../kit/command-line.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

/** Says in a file that it was spawned, prints, and goes on once the other file is there. */
const script = `echo "$SEMAPHORE_TASK_DETAILS_ID" >> "$1"
echo begun
until [ -e "$2" ]; do sleep 0.05; done
for i in 1 2 3; do echo "line $i"; done
`

let world: World
before(async () => {
  world = await openWorld({ files: { 'wait.sh': script } })
})
after(() => world.close())

test('what ran since the backup is not run again, and what came of it is not lost', async () => {
  const { server, api, folder, dataDir } = world
  const runner = world.runners[0] as WorldRunner
  const [spawned, gate] = [join(folder, 'spawned'), join(folder, 'gate')]
  const [database, backup] = [join(dataDir, 'database.sqlite'), join(folder, 'backup.sqlite')]
  const outstation = await commandLineOf(world)
  const start = () => world.script('wait.sh', spawned, gate)
  const review = async () => (await api.get('/api/recovery')).json()
  const decide = (body: object) => api.post('/api/recovery', body)

  await runner.end('SIGTERM')
  const task = await start()
  await server.end('SIGTERM')
  await copyFile(database, backup)

  await server.start()
  await runner.start()
  await world.printed(task, 'begun')
  const lost = await start()
  await world.printed(lost, 'begun')
  await server.end('SIGTERM')
  for (const end of ['', '-wal', '-shm']) await rm(`${database}${end}`, { force: true })
  await copyFile(backup, database)
  const greeted = server.next('runner connected')
  await server.start()
  await greeted

  const { review: open, found, attempts, tasks } = await review()
  assert.equal(open, true)
  assert.match(found[0], /^it was at commit \d+ when this server last wrote to it, and is at \d+$/)
  assert.deepEqual(
    attempts.map(({ task_id, attempt, phase, not_adoptable }: Record<string, unknown>) => {
      return [task_id, attempt, phase, not_adoptable]
    }),
    [
      [task, 1, 'started', null],
      [lost, 1, 'started', `this database has no task ${lost}`],
    ],
  )
  assert.deepEqual(
    tasks.map(({ id, status }: Record<string, unknown>) => [id, status]),
    [[task, 'waiting']],
  )

  const held = new RegExp(
    `^task ${task}: waiting\n- the database was put back from a backup, and nobody has decided yet: .+\n$`,
  )
  assert.match(await outstation('task', 'explain', String(task)), held)

  assert.equal((await decide({ verdict: 'forget', task_id: lost })).status, 200)
  assert.equal((await decide({ verdict: 'adopt', task_id: task })).status, 200)
  await world.until(task, ({ status }) => status === 'running')
  await writeFile(gate, '')
  assert.equal((await world.finished(task)).status, 'success')
  assert.doesNotMatch(await outstation('task', 'explain', String(task)), /backup/)
  const log = await world.log(task)
  assert.match(log, /begun\nline 1\nline 2\nline 3\n/)
  assert.deepEqual(
    (await readFile(spawned, 'utf8')).trim().split('\n').map(Number),
    [task, lost],
    'each was spawned once',
  )
  assert.equal((await review()).review, false)
  const next = await start()
  assert.ok(next > lost, `${next}: a number that was not used before`)
  assert.equal((await world.finished(next)).status, 'success')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../../../lib/errors.ts'
import { saveSchedule } from '../../../server/store/schedules.ts'
import { begin, minute, SchedulerWorld } from './scheduler-world.ts'

const hour = 60 * minute
const day = 24 * hour
/** The first full minute. */
const first = begin + minute / 2

test('each time that comes is one task', async (t) => {
  const world = await SchedulerWorld.open(t)
  const id = await world.add()
  await world.start()
  assert.deepEqual(await world.tasks(), [])
  await world.clock.pass(minute / 2)
  const [task] = await world.tasks()
  assert.equal(task?.schedule_id, id)
  assert.equal(task?.status, 'waiting')
  assert.equal(task?.user_id, null)
  assert.equal(task?.created, first)
  assert.equal((await world.schedule(id))?.last_run, first)
  assert.equal((await world.schedule(id))?.next_run, first + minute)
  await world.finishTasks()
  await world.clock.pass(minute - 1)
  assert.equal((await world.tasks()).length, 1)
  await world.clock.pass(1)
  assert.equal((await world.tasks()).length, 2)
})

test('a schedule that is added, changed or removed is known at once', async (t) => {
  const world = await SchedulerWorld.open(t)
  await world.start()
  let id = 0
  await world.clock.until(async () => {
    id = await world.add()
  })
  await world.clock.pass(minute)
  assert.equal((await world.tasks()).length, 1)
  await world.finishTasks()
  await world.store.commit(({ db }) => db('schedules').where({ id }).delete())
  await world.clock.pass(hour)
  assert.equal((await world.tasks()).length, 1)
})

test('what was missed while the server was away is run once', async (t) => {
  const world = await SchedulerWorld.open(t)
  const id = await world.add()
  await world.start()
  world.stop()
  world.clock.skip(3 * day)
  await world.start()
  assert.equal((await world.tasks()).length, 1)
  assert.equal((await world.schedule(id))?.next_run, first + 3 * day)
  world.stop()
  await world.finishTasks()
  await world.start()
  assert.equal((await world.tasks()).length, 1, 'a restart runs it no second time')
})

test('or left out, if it says so; a few minutes late is late, not missed', async (t) => {
  const world = await SchedulerWorld.open(t)
  const id = await world.add({ run_missed: false, cron_format: '0 13 * * *' })
  world.clock.skip(hour + 4 * minute)
  await world.start()
  assert.equal((await world.tasks()).length, 1)
  world.stop()
  await world.finishTasks()
  world.clock.skip(day + 10 * minute)
  await world.start()
  assert.equal((await world.tasks()).length, 1)
  const schedule = await world.schedule(id)
  assert.equal(schedule?.trouble, 'the server was away at its time')
  assert.equal(schedule?.next_run, Date.parse('2026-12-01T13:00:00Z'))
})

test('after a database was put back nothing is made up for: it may have run', async (t) => {
  const world = await SchedulerWorld.open(t)
  const id = await world.add()
  const once = await world.add({ type: 'run_at', run_at: first })
  world.clock.skip(hour)
  await world.start({ restored: true })
  assert.deepEqual(await world.tasks(), [])
  for (const one of [id, once])
    assert.match(String((await world.schedule(one))?.trouble), /put back/)
  assert.equal((await world.schedule(once))?.active, false)
  await world.clock.pass(minute)
  assert.equal((await world.tasks()).length, 1)
})

test('two servers on one database run it once', async (t) => {
  const world = await SchedulerWorld.open(t)
  await world.add()
  await world.start()
  world.clock.skip(minute)
  await world.start()
  assert.equal((await world.tasks()).length, 1)
})

test('once: then it is off, or gone', async (t) => {
  const world = await SchedulerWorld.open(t)
  const kept = await world.add({ type: 'run_at', run_at: first })
  const gone = await world.add({ type: 'run_at', run_at: first, delete_after_run: true })
  await world.start()
  await world.clock.pass(minute)
  assert.equal((await world.tasks()).length, 2)
  const schedule = await world.schedule(kept)
  assert.deepEqual([schedule?.active, schedule?.next_run], [false, null])
  assert.equal(await world.schedule(gone), undefined)
})

test('while a task of it waits there is no second one, and it says why', async (t) => {
  const world = await SchedulerWorld.open(t)
  const id = await world.add()
  await world.start()
  for (let passed = 0; passed < 5; passed += 1) await world.clock.pass(minute)
  const [task] = await world.tasks()
  assert.equal((await world.tasks()).length, 1)
  const { trouble, next_run } = (await world.schedule(id)) ?? {}
  assert.equal(trouble, `task ${task?.id} of its last time still waits`)
  assert.equal(next_run, first + 5 * minute)
  await world.finishTasks()
  await world.clock.pass(minute)
  assert.equal((await world.tasks()).length, 2)
  assert.equal((await world.schedule(id))?.trouble, null)
})

test('a template that refuses the task: that is told, and the next time is tried', async (t) => {
  const world = await SchedulerWorld.open(t)
  const id = await world.add()
  const other = await world.add({ name: 'other' })
  let refuse = true
  await world.start({
    async taskOf(_db, { id: which, project_id, template_id }) {
      if (which === id && refuse) throw new AppError('invalid', 'the survey asks for more')
      return { project_id, template_id }
    },
  })
  await world.clock.pass(minute)
  assert.equal((await world.schedule(id))?.trouble, 'the survey asks for more')
  assert.deepEqual(
    (await world.tasks()).map((task) => task.schedule_id),
    [other],
  )
  refuse = false
  await world.clock.pass(minute)
  assert.equal((await world.schedule(id))?.trouble, null)
})

test('a fault costs nobody else a run, and is tried again', async (t) => {
  const world = await SchedulerWorld.open(t)
  const id = await world.add()
  const other = await world.add({ name: 'other' })
  let broken = true
  await world.start({
    async taskOf(_db, { id: which, project_id, template_id }) {
      if (which === id && broken) throw new Error('the disk ate it')
      return { project_id, template_id }
    },
  })
  await world.clock.pass(minute)
  assert.deepEqual(
    (await world.tasks()).map((task) => task.schedule_id),
    [other],
  )
  assert.equal((await world.schedule(id))?.next_run, first, 'still due')
  broken = false
  await world.clock.pass(5_000)
  assert.equal((await world.tasks()).length, 2)
})

test('the wall clock is set: ahead, a little back, far back', async (t) => {
  const world = await SchedulerWorld.open(t)
  const id = await world.add({ cron_format: '0 13 * * *' })
  const at = Date.parse('2026-11-29T13:00:00Z')
  await world.start()
  await world.clock.set(at + 5_000)
  assert.equal((await world.tasks()).length, 1, 'noticed at the next look')
  await world.finishTasks()
  await world.clock.set(at - 40_000)
  await world.clock.pass(minute)
  assert.equal((await world.tasks()).length, 1, 'the same time does not come twice')
  assert.equal((await world.schedule(id))?.next_run, at + day)

  const wrong = Date.parse('2030-01-01T12:00:00Z')
  await world.clock.set(wrong)
  assert.equal((await world.tasks()).length, 2)
  await world.finishTasks()
  await world.clock.set(at + 2 * minute)
  assert.equal((await world.schedule(id))?.next_run, at + day, 'not in 2030')
})

test("a start in another time zone moves what follows the server's", async (t) => {
  const world = await SchedulerWorld.open(t)
  const id = await world.add({ cron_format: '0 13 * * *' })
  await world.start({ timezone: 'America/New_York' })
  assert.equal((await world.schedule(id))?.next_run, Date.parse('2026-11-29T18:00:00Z'))
})

test('with a repository, only a new commit is worth a task', async (t) => {
  const world = await SchedulerWorld.open(t)
  const git = createGit()
  const id = await world.add({ repository_id: 7 })
  await world.start({ headOf: git.headOf })
  const passes = async (head: string | AppError) => {
    await world.clock.pass(minute)
    await git.answer(head)
    // It is decided in the transaction that this one waits for.
    await world.store.commit(async () => {})
    const { last_commit_hash, trouble } = (await world.schedule(id)) ?? {}
    return { tasks: (await world.tasks()).length, last_commit_hash, trouble }
  }
  assert.deepEqual(await passes('aaa'), { tasks: 1, last_commit_hash: 'aaa', trouble: null })
  assert.deepEqual(git.asked, [7])
  await world.finishTasks()
  assert.deepEqual(await passes('aaa'), { tasks: 1, last_commit_hash: 'aaa', trouble: null })
  const away = new AppError('unavailable', 'the git server is not reached: no answer')
  assert.deepEqual(await passes(away), {
    tasks: 1,
    last_commit_hash: 'aaa',
    trouble: 'its repository: the git server is not reached: no answer',
  })
  assert.deepEqual(await passes('bbb'), { tasks: 2, last_commit_hash: 'bbb', trouble: null })
  const { trouble, ...waits } = await passes('ccc')
  assert.deepEqual(waits, { tasks: 2, last_commit_hash: 'bbb' })
  assert.match(String(trouble), /^task \d+ of its last time still waits$/)
  await world.finishTasks()
  assert.deepEqual(await passes('ccc'), { tasks: 3, last_commit_hash: 'ccc', trouble: null })
})

test('a schedule that is switched off while its git server is asked starts nothing', async (t) => {
  const world = await SchedulerWorld.open(t)
  const git = createGit()
  const id = await world.add({ repository_id: 7 })
  await world.start({ headOf: git.headOf })
  await world.clock.pass(minute)
  await world.store.commit((tx) => saveSchedule(tx, id, { active: false }))
  await git.answer('aaa')
  await world.store.commit(async () => {})
  assert.deepEqual(await world.tasks(), [])
})

/** A git server that answers when it is told to. */
function createGit() {
  const asked: number[] = []
  const waiting: ((head: string | AppError) => void)[] = []
  return {
    asked,
    headOf(repository: number): Promise<string> {
      asked.push(repository)
      return new Promise((resolve, reject) => {
        waiting.push((head) => (head instanceof AppError ? reject(head) : resolve(head)))
      })
    },
    async answer(head: string | AppError): Promise<void> {
      assert.equal(waiting.length, 1)
      waiting.pop()?.(head)
      // What waits for the answer goes on first.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

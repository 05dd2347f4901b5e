/** A database that was put back from a backup, and runners that know more than it does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KnownAttempt } from '../../../broker/messages.ts'
import {
  type Chosen,
  type ReviewVerdict,
  settleReview,
} from '../../../server/dispatch/settle-review.ts'
import { begin } from '../../../server/ingest/begin.ts'
import type { Change } from '../../../server/store/changes.ts'
import { heldTasks, isInReview, reviewedAttempts } from '../../../server/store/reviews.ts'
import { insertStart, lastRestore } from '../../../server/store/starts.ts'
import { lastTaskNumber } from '../../../server/store/task-numbers.ts'
import { deleteTask } from '../../../server/store/tasks.ts'
import { resultOf, Station } from './station.ts'

/** The database has task 1, which waits; in the time that it lost runner `runner` had its attempt 1. */
async function restored(t: Parameters<typeof Station.open>[0]) {
  const station = await Station.open(t)
  const { store, world } = station
  const task = await station.addTask()
  const { runner } = world
  const id = { task, attempt: 1 }
  const changes: Change[] = []
  const ending = new AbortController()
  t.after(() => ending.abort())
  store.changes.listen((change) => changes.push(change), ending.signal)
  const known = (phase: KnownAttempt['phase']) => [{ ...id, phase }]
  return {
    station,
    runner,
    id,
    known,
    changes,
    settle: (verdict: ReviewVerdict, chosen: Chosen = {}) =>
      settleReview(store, verdict, chosen, world.clock.now()),
    held: async () => (await heldTasks(store.read)).map(({ id }) => id),
    /** What the last welcome said of the attempts that wait for a person, and of the others. */
    welcome() {
      const found = station.heard().findLast(({ kind }) => kind === 'welcome')
      assert.ok(found?.kind === 'welcome')
      return {
        session: found.session,
        review: found.review ?? [],
        verdicts: found.attempts.map(({ verdict }) => verdict),
      }
    },
  }
}

test('a session that the database does not know of proves it: what waits is held', async (t) => {
  const { station, runner, held, changes, welcome } = await restored(t)
  const other = (await station.addRunner('barn')).id
  await station.hello(other)
  await station.hello(runner, [], { reached: { session: 12, task: 1 } })
  assert.equal(welcome().session, 13, 'above all that were used before')
  assert.deepEqual(await held(), [1])
  assert.deepEqual(await station.offer(), [], 'nobody gets it')
  const told = changes.filter(({ kind }) => kind === 'restored')
  const found = [`runner ${runner} was in session 12, this database knows of 0`]
  assert.deepEqual(told, [{ kind: 'restored', found, held: 1 }])
})

test('so does a task that it never gave out: the next gets a higher number', async (t) => {
  const { station, runner, held } = await restored(t)
  await station.hello(runner, [], { reached: { session: 0, task: 57 } })
  assert.deepEqual(await held(), [1])
  assert.equal(await station.addTask(), 58)
  assert.equal((await station.offer()).length, 1, 'what is new is not held')
})

test('what was offered before it was noticed is taken back, and its claim not granted', async (t) => {
  const { station, runner, id, held } = await restored(t)
  const other = (await station.addRunner('barn')).id
  const session = await station.hello(other)
  assert.deepEqual(await station.offer(), [{ ...id, runner: other }])
  await station.hello(runner, [], { reached: { session: 5, task: 1 } })
  assert.deepEqual(await held(), [1])
  station.heard()
  station.claim(other, id, session)
  await station.ingest.idle()
  assert.deepEqual(station.heard(), [{ to: other, v: 1, ...id, kind: 'cancel', force: true }])
})

test('an attempt that it did not give out is kept, whatever it says, until a person decides', async (t) => {
  for (const phase of ['accepted', 'started', 'ended'] as const) {
    const { station, runner, id, known, welcome } = await restored(t)
    const session = await station.hello(runner, known(phase))
    assert.deepEqual(welcome(), { session, review: [id], verdicts: [] })
    station.claim(runner, id, session)
    station.state(runner, id, { v: 1, kind: 'started', session })
    station.chunk(runner, id, session, 0, 'a\n')
    station.result(runner, id, session, resultOf(['a\n']))
    await station.ingest.idle()
    assert.deepEqual(station.heard(), [], 'neither killed nor forgotten')
    assert.equal((await station.task(id.task)).status, 'waiting')
  }
})

test('adopt: what ran is the task, its log whole, its result applied once', async (t) => {
  const { station, runner, id, known, settle, changes, welcome } = await restored(t)
  await station.hello(runner, known('ended'))
  await settle('adopt', { task: 1 })
  assert.deepEqual(
    changes.filter(({ kind }) => kind === 'identify' || kind === 'reviewed'),
    [{ kind: 'identify', runner }, { kind: 'reviewed' }],
  )
  const session = await station.hello(runner, known('ended'))
  assert.deepEqual(welcome(), { session, review: [], verdicts: ['resume'] })
  station.chunk(runner, id, session, 0, 'whole\n')
  station.result(runner, id, session, resultOf(['whole\n']))
  await station.ingest.idle()
  const task = await station.task(1)
  assert.deepEqual([task.status, task.attempt, task.runner_id], ['success', 1, runner])
  assert.equal(await station.log(id), 'whole\n')
  assert.deepEqual(await station.hello(runner, []), session)
})

test('adopt: what was only accepted is granted, and runs for the first time', async (t) => {
  const { station, runner, id, known, settle } = await restored(t)
  await station.hello(runner, known('accepted'))
  await settle('adopt')
  const session = await station.hello(runner, known('accepted'))
  station.claim(runner, id, session)
  await station.ingest.idle()
  assert.equal((await station.hears('grant')).kind, 'grant')
})

test('forget: the runner drops it, and the task is decided on by itself', async (t) => {
  const { station, runner, known, settle, held, welcome } = await restored(t)
  await station.hello(runner, known('started'))
  await settle('forget', { task: 1, attempt: 1, runner })
  await station.hello(runner, known('started'))
  assert.deepEqual(welcome().verdicts, ['forget'])
  await station.hello(runner, known('started'))
  assert.deepEqual(welcome().verdicts, ['forget'], 'until it has')
  await station.hello(runner)
  assert.deepEqual(await reviewedAttempts(station.store.read), [])
  assert.deepEqual(await held(), [1])
  await settle('release', { task: 1 })
  assert.equal(await isInReview(station.store.read), false)
  assert.deepEqual(await station.offer(), [{ task: 1, attempt: 2, runner }], 'a number of its own')
})

test('cancel: a held task ends as stopped, with the reason', async (t) => {
  const { station, runner, settle, changes } = await restored(t)
  await station.hello(runner, [], { reached: { session: 9, task: 1 } })
  assert.deepEqual(await settle('cancel'), { decided: 1, left: [] })
  const { status, reason, held } = await station.task(1)
  assert.deepEqual([status, held], ['stopped', null])
  assert.match(reason ?? '', /put back/)
  assert.ok(changes.some(({ kind }) => kind === 'reviewed'))
})

test('what the database takes for running and no runner knows is not guessed', async (t) => {
  const { station, settle, held } = await restored(t)
  await settle('release')
  const { id, runner } = await station.running()
  const reached = { session: 99, task: id.task }
  await station.hello(runner, [], { nonce: 'next', reached })
  const [task, { attempt }] = [await station.task(id.task), await station.view(id)]
  assert.deepEqual([task.status, attempt.phase], ['unreachable', 'lost'])
  assert.ok((await held()).includes(id.task))
  await settle('release', { task: id.task })
  assert.equal((await station.task(id.task)).status, 'waiting')
})

test('a stale offer is no end: the task waits, and its next number is above all that were seen', async (t) => {
  const { station, runner, id, held, settle } = await restored(t)
  const session = await station.hello(runner)
  await station.offer()
  station.state(runner, id, { v: 1, kind: 'refuse', session, reason: 'stale', highest: 4 })
  await station.ingest.idle()
  assert.deepEqual(await held(), [1])
  await settle('release')
  assert.deepEqual(await station.offer(), [{ task: 1, attempt: 5, runner }])
})

test('a task that was deleted here is none of it', async (t) => {
  const { station, runner, id, known, welcome } = await restored(t)
  await station.store.commit(({ db }) => deleteTask(db, id.task))
  await station.hello(runner, known('started'), { reached: { session: 0, task: 1 } })
  assert.deepEqual(welcome().verdicts, ['forget'])
  assert.equal(await isInReview(station.store.read), false)
})

test('a task that was made since, with a number that was used before, is not taken for the other', async (t) => {
  const { station, runner, settle, welcome } = await restored(t)
  await station.store.commit((tx) => insertStart(tx, 1))
  const task = await station.addTask()
  const id = { task, attempt: 1 }
  await station.hello(runner, [{ ...id, phase: 'ended' }])
  assert.deepEqual(welcome().review, [id])
  await assert.rejects(settle('adopt', { task }), { code: 'conflict', message: /another one/ })
  assert.equal((await station.task(task)).held, null, 'what is new cannot have run before')
  const offered = await station.offer()
  assert.deepEqual(offered, [{ task, attempt: 2, runner }], 'the runner has an attempt 1')
})

test("another's attempt cannot be adopted", async (t) => {
  const { station, runner, id, known, settle } = await restored(t)
  const other = (await station.addRunner('barn')).id
  await station.hello(other)
  await station.offer()
  await station.hello(runner, known('ended'))
  await assert.rejects(settle('adopt', { task: id.task }), { code: 'conflict' })
  await settle('forget')
})

test('a runner that comes later holds nothing again that was decided', async (t) => {
  const { station, runner, held, settle } = await restored(t)
  await station.store.commit((tx) => begin(tx, undefined, 1))
  const later = (await station.addRunner('barn')).id
  await station.hello(runner, [], { reached: { session: 3, task: 1 } })
  await settle('release')
  await station.hello(later, [], { reached: { session: 8, task: 40 } })
  assert.deepEqual(await held(), [])
  assert.equal(await lastTaskNumber(station.store.read), 40)
})

test('a witness beside the database proves it before any runner comes', async (t) => {
  const { station, held } = await restored(t)
  const lost = { database: 'x', commits: 900, task: 77 }
  await station.store.commit((tx) => begin(tx, lost, 5))
  assert.deepEqual(await held(), [1])
  const restore = await lastRestore(station.store.read)
  assert.match(restore?.found ?? '', /^it was at commit 900 .*, and is at \d+$/)
  assert.equal(await station.addTask(), 78)
})

test('nobody decides for 30 days: the runner may drop it', async (t) => {
  const { station, runner, known, welcome } = await restored(t)
  await station.hello(runner, known('ended'))
  station.world.clock.advance(30 * 24 * 3_600_000)
  await station.hello(runner, known('ended'))
  assert.deepEqual(welcome().verdicts, ['forget'])
})

test('a number beyond belief is a fault of the runner', async (t) => {
  const { station, runner, held } = await restored(t)
  await station.hello(runner, [], { reached: { session: 1e12, task: 1e12 } })
  assert.deepEqual(await held(), [])
  assert.equal(await lastTaskNumber(station.store.read), 1)
})

test('what nothing waits for is named when a person decides on it', async (t) => {
  const { settle } = await restored(t)
  const expected = { code: 'not_found', message: /attempt 3 of task 9 on runner 7: does not wait/ }
  await assert.rejects(settle('adopt', { task: 9, attempt: 3, runner: 7 }), expected)
  assert.deepEqual(await settle('release'), { decided: 0, left: [] })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { removeRunner } from '../../../server/dispatch/remove-runner.ts'
import { stopTask } from '../../../server/dispatch/stop-task.ts'
import { giveUp, markAllOffline, markSilent } from '../../../server/ingest/silence.ts'
import { deleteTask } from '../../../server/store/tasks.ts'
import { jobOf } from '../../kit/job.ts'
import { resultOf, Station } from './station.ts'

const phaseOf = async (station: Station, id: { task: number; attempt: number }) =>
  (await station.view(id)).attempt.phase

test('D6: each connection has a session; a repeated hello of the same is the same', async (t) => {
  const station = await Station.open(t)
  const { runner } = station.world
  const first = await station.hello(runner)
  assert.equal(await station.hello(runner), first)
  assert.equal(await station.hello(runner, [], { nonce: 'next' }), first + 1)
  const welcomes = station.heard().filter(({ kind }) => kind === 'welcome')
  assert.equal(welcomes.length, 3)
})

test('D6: what an older connection says counts no more, and is asked who it is', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  await station.hello(runner, [{ ...id, phase: 'started' }], { nonce: 'next' })
  station.heard()
  station.chunk(runner, id, session, 0, 'from the grave\n')
  station.result(runner, id, session, resultOf(['from the grave\n']))
  station.heartbeat(runner, session)
  await station.ingest.idle()
  assert.equal(await station.log(id), '')
  assert.deepEqual(station.heard(), [{ to: runner, v: 1, kind: 'identify' }], 'asked once')
})

test('D6: another process with the token of one that is idle is told so; the old one is not let back', async (t) => {
  const station = await Station.open(t)
  const { runner } = station.world
  const told: unknown[] = []
  for (const [nonce, boot] of ['ann', 'ann', 'ben', 'ann', 'ben', 'ben'].entries()) {
    await station.hello(runner, [], { nonce: `${nonce}`, boot })
    const [answer] = station.heard()
    if (answer?.kind === 'welcome') assert.equal(answer.reconnect_ms, 1_000)
    told.push(answer?.kind === 'welcome' ? answer.contested : answer?.kind)
  }
  assert.deepEqual(told, [true, false, true, 'decline', false, false])
})

test('D6: who is not in the database is not heard at all', async (t) => {
  const station = await Station.open(t)
  station.heartbeat(99, 1)
  station.say('outstation/v1/runners/99/hello', hello99)
  await station.ingest.idle()
  assert.deepEqual(station.heard(), [])
})
const hello99 = JSON.stringify({
  v: 1,
  kind: 'hello',
  nonce: 'n',
  boot: 'b',
  version: '1',
  max_parallel_tasks: 0,
  accepting: true,
  attempts: [],
})

test('D6: a hello resumes what is known, forgets what is stored or was deleted', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const done = await station.running()
  const deleted = { task: await station.addTask(), attempt: 1 }
  await station.store.commit(({ db }) => deleteTask(db, deleted.task))
  station.chunk(runner, id, session, 0, 'a\n')
  station.result(runner, done.id, session, resultOf([]))
  await station.ingest.idle()

  const attempts = [id, done.id, deleted].map((one) => ({
    ...one,
    phase: 'started' as const,
  }))
  station.heard()
  await station.hello(runner, attempts, { nonce: 'next' })
  const [welcome] = station.heard()
  assert.ok(welcome?.kind === 'welcome')
  assert.deepEqual(
    welcome.attempts.map(({ verdict, next_seq }) => [verdict, next_seq]),
    [
      ['resume', 1],
      ['forget', 0],
      ['forget', 0],
    ],
  )
})

test('D6: an old copy of a hello that comes after a claim takes nothing for lost', async (t) => {
  const station = await Station.open(t)
  const { id, runner } = await station.running()
  await station.hello(runner)
  assert.equal((await station.task(id.task)).status, 'running')
  await station.store.commit((tx) => markAllOffline(tx, station.world.clock.now()))
  await station.hello(runner)
  assert.match(
    (await station.task(id.task)).reason ?? '',
    /lost its record/,
    'after a start it is news',
  )
})

test('D6: what was claimed and is not in the hello is lost; what was only offered is offered again', async (t) => {
  const station = await Station.open(t)
  const { id, runner } = await station.running()
  const offered = { task: await station.addTask(), attempt: 1 }
  await station.offer()
  await station.hello(runner, [], { nonce: 'next' })
  const { status, reason } = await station.task(id.task)
  assert.equal(status, 'error')
  assert.match(reason ?? '', /lost its record/)
  assert.equal(await phaseOf(station, id), 'lost')
  assert.equal(await phaseOf(station, offered), 'offered')
  assert.deepEqual(station.heard().at(-1), { to: runner, v: 1, ...offered, kind: 'offer' })
})

test('D7: a superseded attempt is told to end, and its late result is kept as evidence', async (t) => {
  const station = await Station.open(t)
  const { id, runner } = await station.running()
  await station.hello(runner, [], { nonce: 'next' })
  const session = await station.hello(runner, [{ ...id, phase: 'started' }], { nonce: 'again' })
  assert.deepEqual(station.heard().at(-1), { to: runner, v: 1, ...id, kind: 'cancel', force: true })
  station.chunk(runner, id, session, 0, 'late\n')
  station.result(runner, id, session, resultOf(['late\n']))
  await station.ingest.idle()
  assert.equal((await station.task(id.task)).status, 'error', 'a final status stays')
  const { phase, result } = (await station.view(id)).attempt
  assert.deepEqual([phase, result?.outcome], ['lost', 'succeeded'])
  assert.equal(await station.log(id), 'late\n')
})

test('D8: a stop that the runner missed waits for its hello', async (t) => {
  const station = await Station.open(t)
  const { id, runner } = await station.running()
  await stopTask(station.store, id.task, { force: false, now: station.world.clock.now() })
  assert.equal((await station.task(id.task)).status, 'stopping')
  await station.hello(runner, [{ ...id, phase: 'started' }], { nonce: 'next' })
  const last = station.heard().at(-1)
  assert.deepEqual(last, { to: runner, v: 1, ...id, kind: 'cancel', force: false })
})

test('D8: a task that is stopped while it is only offered is never granted', async (t) => {
  const station = await Station.open(t)
  const { runner } = station.world
  const session = await station.hello(runner)
  const id = { task: await station.addTask(), attempt: 1 }
  await station.offer()
  await stopTask(station.store, id.task, { force: false, now: station.world.clock.now() })
  assert.equal((await station.task(id.task)).status, 'stopped')
  station.heard()
  station.claim(runner, id, session)
  await station.ingest.idle()
  assert.deepEqual(station.heard(), [{ to: runner, v: 1, ...id, kind: 'cancel', force: true }])
})

test('a refusal puts the task back and pauses its runner until that says otherwise', async (t) => {
  const station = await Station.open(t)
  const { runner } = station.world
  const session = await station.hello(runner)
  const id = { task: await station.addTask(), attempt: 1 }
  await station.offer()
  station.state(runner, id, { v: 1, kind: 'refuse', session, reason: 'busy' })
  await station.ingest.idle()
  const { status, runner_id } = await station.task(id.task)
  assert.deepEqual([status, runner_id], ['waiting', null])
  assert.deepEqual(await station.offer(), [], 'not to the same runner at once')
  station.heartbeat(runner, session)
  await station.ingest.idle()
  assert.deepEqual(await station.offer(), [{ task: id.task, attempt: 2, runner }])
})

test('presence: only the will of the current connection switches a runner off', async (t) => {
  const station = await Station.open(t)
  const { runner } = station.world
  await station.hello(runner, [], { nonce: 'old' })
  await station.hello(runner, [], { nonce: 'new' })
  station.will(runner, 'old')
  await station.ingest.idle()
  assert.equal((await station.runner(runner)).online, true)
  const id = { task: await station.addTask(), attempt: 1 }
  await station.offer()
  station.will(runner, 'new')
  await station.ingest.idle()
  assert.equal((await station.runner(runner)).online, false)
  assert.equal(await phaseOf(station, id), 'withdrawn', 'what was only offered goes back')
  assert.equal((await station.task(id.task)).status, 'waiting')
})

test('D7: a runner that falls silent is offline; offers go back, what it runs is unreachable', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const offered = { task: await station.addTask(), attempt: 1 }
  await station.offer()
  const { clock, log } = station.world
  const gone = nextChange(station, (kind) => kind === 'runner')
  for (let half = 0; half < 7; half += 1) {
    clock.advance(10_000)
    await new Promise(setImmediate)
  }
  await log.seen('runner silent')
  await gone
  assert.equal((await station.runner(runner)).online, false)
  assert.equal((await station.task(offered.task)).status, 'waiting')
  const silent = await station.task(id.task)
  assert.equal(silent.status, 'unreachable')
  assert.ok(Number(silent.unreachable_since) > 0)
  station.chunk(runner, id, session, 0, 'I am still here\n')
  await station.ingest.idle()
  const back = await station.task(id.task)
  assert.deepEqual([back.status, back.unreachable_since], ['running', null])
  assert.equal((await station.runner(runner)).online, true, 'any word of it brings it back')
})

test('what a runner tells of itself for people to read is on record, and wakes nobody by itself', async (t) => {
  const station = await Station.open(t)
  const { id } = await station.addRunner('shed')
  const session = await station.hello(id, [], { os: 'Some Linux, x64', started_at: 1000 })
  const changes: string[] = []
  const { signal } = new AbortController()
  station.world.store.changes.listen(({ kind }) => changes.push(kind), signal)
  station.heartbeat(id, session, { round_trip_ms: 84 })
  await station.ingest.idle()
  const { os, started_at, round_trip_ms } = await station.runner(id)
  assert.deepEqual([os, started_at, round_trip_ms], ['Some Linux, x64', 1000, 84])
  assert.deepEqual(changes, [])
  station.heartbeat(id, session)
  await station.ingest.idle()
  assert.equal((await station.runner(id)).round_trip_ms, 84, 'only the first heartbeat has it')
  await station.hello(id, [], { nonce: 'another' })
  assert.equal((await station.runner(id)).os, null, 'an older program does not say it')
})

test('D7: any word of the current session is life, a chunk of log as well as a heartbeat', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const { clock, log } = station.world
  const other = await station.addRunner('barn')
  await station.hello(other.id)
  for (let seq = 0; seq < 7; seq += 1) {
    clock.advance(10_000)
    station.chunk(runner, id, session, seq, 'on and on\n')
    await station.ingest.idle()
    await new Promise(setImmediate)
  }
  await log.seen('runner silent')
  assert.equal((await station.runner(runner)).online, true)
  assert.equal((await station.task(id.task)).status, 'running')
})

for (const { policy, idempotent, wanted } of [
  { policy: 'fail', idempotent: false, wanted: ['error', /stopped responding/] },
  { policy: 'requeue', idempotent: false, wanted: ['error', /stopped responding/] },
  { policy: 'requeue', idempotent: true, wanted: ['waiting', undefined] },
  { policy: 'wait', idempotent: false, wanted: ['unreachable', undefined] },
] as const) {
  test(`D7: after the grace, policy ${policy}, ${idempotent ? '' : 'not '}idempotent`, async (t) => {
    const station = await Station.open(t)
    const { id, runner, session } = await station.running()
    const { store, clock, log } = station.world
    await store.commit((tx) =>
      tx.db('templates').update({ silence_policy: policy, idempotent, silence_grace_sec: 60 }),
    )
    for (let step = 0; step < 7; step += 1) {
      clock.advance(10_000)
      await new Promise(setImmediate)
    }
    await log.seen('runner silent')
    await store.commit((tx) => markSilent(tx, runner, clock.now()))
    const grace = { graceMs: 1, now: clock.now() }
    const give = (silentMs: number) =>
      store.commit((tx) => giveUp(tx, runner, { silentMs, ...grace }))
    assert.equal(await give(59_000), policy !== 'wait', "the grace is the template's own")
    assert.equal((await station.task(id.task)).status, 'unreachable')
    await give(60_000)
    const { status, reason } = await station.task(id.task)
    assert.equal(status, wanted[0])
    if (wanted[1]) assert.match(String(reason), wanted[1])

    // What comes late is kept as evidence and changes nothing.
    station.chunk(runner, id, session, 0, 'late\n')
    await station.ingest.idle()
    if (policy !== 'wait') assert.equal((await station.task(id.task)).status, wanted[0])
  })
}

test('a server that starts takes its offers back: their runners may be gone for ever', async (t) => {
  const station = await Station.open(t)
  const { id } = await station.running()
  const offered = { task: await station.addTask(), attempt: 1 }
  await station.offer()
  await station.store.commit((tx) => markAllOffline(tx, station.world.clock.now()))
  assert.equal((await station.task(offered.task)).status, 'waiting')
  assert.equal((await station.task(id.task)).status, 'running')
})

test('a removed runner: its offers go back, what it runs ends with the reason', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const offered = { task: await station.addTask(), attempt: 1 }
  await station.offer()
  await removeRunner(station.store, runner, station.world.clock.now())
  assert.equal((await station.task(offered.task)).status, 'waiting')
  const { status, reason } = await station.task(id.task)
  assert.deepEqual([status, reason], ['error', `runner ${runner} was removed`])
  station.heard()
  station.chunk(runner, id, session, 0, 'late\n')
  await station.ingest.idle()
  assert.deepEqual(station.heard(), [])
})

test('a job that cannot be put together ends the task with the reason', async (t) => {
  const station = await Station.open(t, async () => {
    throw new Error('the key is gone')
  })
  const { runner } = station.world
  const session = await station.hello(runner)
  const id = { task: await station.addTask(), attempt: 1 }
  await station.offer()
  station.claim(runner, id, session)
  await station.hears('cancel')
  const { status, reason } = await station.task(id.task)
  assert.equal(status, 'error')
  assert.equal(reason, 'the job cannot be put together: the key is gone')
})

test('but not if an earlier grant has arrived meanwhile', async (t) => {
  let fail = (_: Error): void => {}
  const late = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  let asked = 0
  const station = await Station.open(t, (task, attempt) => {
    asked += 1
    return asked === 1 ? Promise.resolve(jobOf(task, attempt)) : late
  })
  const { runner } = station.world
  const session = await station.hello(runner)
  const id = { task: await station.addTask(), attempt: 1 }
  await station.offer()
  station.claim(runner, id, session)
  station.claim(runner, id, session, 2)
  await station.hears('grant')
  station.state(runner, id, { v: 1, kind: 'started', session })
  await station.ingest.idle()
  fail(new Error('the key is gone'))
  await station.world.log.seen('grant failed')
  await station.store.commit(async () => {})
  assert.equal((await station.task(id.task)).status, 'running')
  assert.ok(!station.heard().some(({ kind }) => kind === 'cancel'))
})

function nextChange(station: Station, wanted: (kind: string) => boolean): Promise<void> {
  const heard = new AbortController()
  return new Promise((resolve) => {
    station.store.changes.listen(({ kind }) => {
      if (!wanted(kind)) return
      heard.abort()
      resolve()
    }, heard.signal)
  })
}

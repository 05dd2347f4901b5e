import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resultOf, Station } from './station.ts'

const lines = (count: number) => Array.from({ length: count }, (_, seq) => `line ${seq}\n`)

test('a server that ends takes what it has heard, and nothing more: who prints on and on is not waited for', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  station.chunk(runner, id, session, 0, 'before\n')
  station.stop()
  station.chunk(runner, id, session, 1, 'after\n')
  await station.ingest.idle()
  assert.equal(await station.log(id), 'before\n')
  const acks = station.heard().filter(({ kind }) => kind === 'log-ack')
  assert.deepEqual(acks, [{ to: runner, v: 1, kind: 'log-ack', ...id, next_seq: 1 }])
})

test('D4: chunks are stored in order, and acknowledged cumulatively after the commit', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  for (const [seq, line] of lines(3).entries()) station.chunk(runner, id, session, seq, line)
  await station.ingest.idle()
  assert.equal(await station.log(id), lines(3).join(''))
  assert.deepEqual(
    station.heard(),
    [{ to: runner, v: 1, ...id, kind: 'log-ack', next_seq: 3 }],
    'one ack for what came together',
  )
})

test('D4: a gap, a repetition or a foreign log changes nothing', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const other = (await station.addRunner('barn')).id
  const otherSession = await station.hello(other)
  station.heard()
  for (const seq of [0, 2, 0, 1, 1, 3]) station.chunk(runner, id, session, seq, `${seq}\n`)
  station.chunk(other, id, otherSession, 2, 'not mine\n')
  await station.ingest.idle()
  assert.equal(await station.log(id), '0\n1\n')
  assert.deepEqual(station.heard(), [
    { to: runner, v: 1, ...id, kind: 'log-ack', next_seq: 2 },
    { to: other, v: 1, kind: 'identify' },
  ])
})

test('D5: a result before its last chunk waits for it', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const result = resultOf(lines(3))
  station.chunk(runner, id, session, 0, 'line 0\n')
  station.result(runner, id, session, result)
  await station.ingest.idle()
  assert.equal((await station.task(id.task)).status, 'running')
  assert.equal(station.heard().at(-1)?.kind, 'log-ack')

  station.chunk(runner, id, session, 1, 'line 1\n')
  station.chunk(runner, id, session, 2, 'line 2\n')
  station.result(runner, id, session, result)
  await station.ingest.idle()
  const task = await station.task(id.task)
  assert.deepEqual(
    [task.status, task.exit_code, task.end],
    ['success', 0, station.world.clock.now()],
  )
  assert.deepEqual(station.heard().at(-1), { to: runner, v: 1, ...id, kind: 'result-ack' })
})

test('D5: a repeated result is acknowledged and tells nobody twice', async (t) => {
  const station = await Station.open(t)
  await station.world.addWebhook('https://example.org/hook')
  const { id, runner, session } = await station.running()
  for (let time = 0; time < 3; time += 1) {
    station.result(runner, id, session, resultOf([], time > 0 ? { outcome: 'failed' } : {}))
    await station.ingest.idle()
  }
  assert.equal((await station.task(id.task)).status, 'success')
  assert.equal((await station.world.deliveries()).length, 1)
  assert.equal(station.heard().filter(({ kind }) => kind === 'result-ack').length, 3)
})

test('D5: another digest: the log comes once more, and is taken if it is right then', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const result = resultOf(['a\n', 'b\n'])
  const send = (...chunks: string[]) => {
    for (const [seq, text] of chunks.entries()) station.chunk(runner, id, session, seq, text)
    station.result(runner, id, session, result)
  }
  send('a\n', 'X\n')
  await station.ingest.idle()
  assert.deepEqual(station.heard().at(-1), {
    to: runner,
    v: 1,
    ...id,
    kind: 'log-ack',
    next_seq: 0,
  })
  assert.equal(await station.log(id), '')
  assert.equal((await station.task(id.task)).status, 'running')
  send('a\n', 'b\n')
  await station.ingest.idle()
  assert.equal(await station.log(id), 'a\nb\n')
  assert.equal((await station.task(id.task)).status, 'success')
})

test('D5: also if all of it comes in one transaction', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const result = resultOf(['a\n', 'b\n'])
  station.chunk(runner, id, session, 0, 'X\n')
  await station.ingest.idle()
  station.chunk(runner, id, session, 1, 'b\n')
  station.result(runner, id, session, result)
  station.chunk(runner, id, session, 0, 'a\n')
  station.chunk(runner, id, session, 1, 'b\n')
  station.result(runner, id, session, result)
  await station.ingest.idle()
  assert.equal((await station.task(id.task)).reason, null)
  assert.equal((await station.task(id.task)).status, 'success')
})

test('D5: the second time the task ends with a log that is marked', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  for (let time = 0; time < 2; time += 1) {
    station.chunk(runner, id, session, 0, 'X\n')
    station.result(runner, id, session, resultOf(['a\n']))
    await station.ingest.idle()
  }
  const { status, reason } = await station.task(id.task)
  assert.equal(status, 'error')
  assert.match(reason ?? '', /^log damaged/)
  assert.equal(station.heard().at(-1)?.kind, 'result-ack')
})

test('D4: 10,000 chunks of two tasks that take turns', async (t) => {
  const station = await Station.open(t)
  const first = await station.running()
  const second = await station.running()
  const { runner, session } = second
  const text = lines(5000)
  for (const [seq, line] of text.entries()) {
    station.chunk(runner, first.id, session, seq, line)
    station.chunk(runner, second.id, session, seq, line)
  }
  for (const { id } of [first, second]) station.result(runner, id, session, resultOf(text))
  await station.ingest.idle()
  for (const { id } of [first, second]) {
    assert.equal((await station.task(id.task)).status, 'success')
    assert.equal(await station.log(id), text.join(''))
  }
})

test('what is no message of the wire is refused in one line, and the next one is taken', async (t) => {
  const station = await Station.open(t)
  const { runner } = station.world
  station.say(`outstation/v1/runners/${runner}/hello`, '{"v":2,"kind":"hello"}')
  station.say('outstation/v1/elsewhere', '{}')
  assert.ok((await station.hello(runner)) > 0)
  const refused = station.world.log.events.filter(({ event }) => event === 'message refused')
  assert.match(String(refused[0]?.fields.reason), /version 1, got 2/)
  assert.match(String(refused[1]?.fields.reason), /topic outstation\/v1\/elsewhere/)
})

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Space } from '../../../lib/free-space.ts'
import { WriteGate } from '../../../server/store/write-gate.ts'
import { EventLog, StandingClock } from '../feed/webhooks/outbox-world.ts'

const mb = 1_048_576
const file = '/srv/database.sqlite'

function sqliteError(code: string): Error {
  return Object.assign(new Error(`COMMIT - ${code}: it failed`), { code })
}

/** A gate, and the disk and database before which it stands. */
function gateBefore(t: TestContext, space: Space | undefined, minFree = 50 * mb) {
  const clock = new StandingClock()
  const log = new EventLog()
  const disk = { space, code: '', probes: 0, resumed: 0 }
  const gate = new WriteGate({
    file,
    minFree,
    space: async () => disk.space,
    async probe() {
      disk.probes += 1
      if (disk.code) throw gate.judge(sqliteError(disk.code))
    },
    onResume: () => {
      disk.resumed += 1
    },
    clock,
    random: () => 0.999,
    log,
  })
  t.after(() => gate.close())
  /** Lets time pass until `done`, and everything that is due with it. */
  const until = async (done: () => boolean) => {
    for (let turns = 0; !done(); turns += 1) {
      if (turns === 3_000) throw new Error('it never came')
      clock.advance(100)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
  return { gate, disk, clock, log, until }
}

const roomy = { free: 900 * mb, size: 1_000 * mb }

for (const [code, what] of [
  ['SQLITE_FULL', 'no space is left on its disk'],
  ['SQLITE_IOERR', 'its disk fails (SQLITE_IOERR)'],
  ['SQLITE_CANTOPEN', 'its disk fails (SQLITE_CANTOPEN)'],
  ['SQLITE_PROTOCOL', 'its disk fails (SQLITE_PROTOCOL)'],
  ['SQLITE_PERM', 'its disk fails (SQLITE_PERM)'],
  ['SQLITE_READONLY', 'it is read-only'],
  ['SQLITE_BUSY', 'another process is writing to it and does not end'],
] as const) {
  test(`${code} pauses until a write succeeds`, async (t) => {
    const { gate, disk, clock, log, until } = gateBefore(t, roomy)
    assert.equal(gate.enter(), undefined)
    disk.code = code
    const told = gate.judge(sqliteError(code))
    assert.deepEqual(
      [told?.code, told?.message, told?.retryAfterSec],
      ['unavailable', `the database ${file} cannot be written: ${what}`, 5],
    )
    assert.equal(gate.enter()?.line, told?.line)
    await until(() => disk.probes >= 3)
    assert.equal(gate.paused?.line, told?.line)

    disk.code = ''
    const mended = clock.monotonic()
    await until(() => disk.resumed === 1)
    assert.ok(clock.monotonic() - mended <= 5_000)
    assert.equal(gate.enter(), undefined)
    assert.deepEqual(
      log.events.map(({ event }) => event),
      [
        'paused: the database cannot be written; nothing is taken until it can',
        'resumed: the database is written again',
      ],
    )
    const [{ fields = {} } = {}] = log.events
    assert.deepEqual([fields.path, fields.reason, fields.free_mb], [file, what, 900])
  })
}

for (const code of ['SQLITE_CORRUPT', 'SQLITE_NOTADB']) {
  test(`${code} pauses for good: writing on would make it worse`, async (t) => {
    const { gate, disk, clock, until } = gateBefore(t, roomy)
    assert.match(gate.judge(sqliteError(code))?.line ?? '', /it is damaged .*restore a backup/)
    const began = clock.monotonic()
    await until(() => clock.monotonic() - began > 60_000)
    assert.deepEqual([disk.probes, disk.resumed], [0, 0])
    assert.ok(gate.paused)
  })
}

test('what a work or a constraint throws is none of its business', (t) => {
  const { gate } = gateBefore(t, roomy)
  for (const error of [sqliteError('SQLITE_CONSTRAINT'), new Error('no'), undefined]) {
    assert.equal(gate.judge(error), undefined)
  }
  assert.equal(gate.enter(), undefined)
})

test('too little free space pauses before the disk is full, and a fifth more resumes', async (t) => {
  const { gate, disk, log, until } = gateBefore(t, { free: 50 * mb, size: 10_000 * mb })
  assert.equal(await gate.look(), undefined)
  disk.space = { free: 50 * mb - 1, size: 10_000 * mb }
  assert.match((await gate.look())?.line ?? '', /less space .* disk\.min_free_mb wants; free some/)
  disk.space = { free: 59 * mb, size: 10_000 * mb }
  await until(() => log.events.length === 2)
  assert.deepEqual([disk.probes, disk.resumed], [0, 0], 'said again after a minute, and not tried')
  disk.space = { free: 61 * mb, size: 10_000 * mb }
  await until(() => disk.resumed === 1)
})

test('of a small disk a twentieth is enough, 0 turns the mark off, the unknown is no obstacle', async (t) => {
  const little = { free: 2 * mb, size: 30 * mb }
  assert.equal(await gateBefore(t, little).gate.look(), undefined)
  assert.ok(await gateBefore(t, { ...little, free: mb }).gate.look())
  assert.equal(await gateBefore(t, { ...little, free: 0 }, 0).gate.look(), undefined)
  assert.equal(await gateBefore(t, undefined).gate.look(), undefined)
})

test('the disk is looked at while something is written, once a second at most', async (t) => {
  const { gate, disk, clock } = gateBefore(t, roomy)
  gate.enter()
  await new Promise(setImmediate)
  disk.space = { free: 0, size: roomy.size }
  clock.advance(999)
  gate.enter()
  await new Promise(setImmediate)
  assert.equal(gate.paused, undefined)
  clock.advance(1)
  gate.enter()
  await new Promise(setImmediate)
  assert.ok(gate.paused)
})

test('a pause is said once a minute', async (t) => {
  const { gate, disk, clock, log, until } = gateBefore(t, roomy)
  disk.code = 'SQLITE_FULL'
  gate.judge(sqliteError('SQLITE_FULL'))
  const began = clock.monotonic()
  await until(() => log.events.length === 3)
  const passed = clock.monotonic() - began
  assert.ok(passed >= 120_000 && passed < 130_000, `${passed}`)
})

test('a disk that takes a little and then no more is not tried at full speed', async (t) => {
  const { gate, disk, clock, until } = gateBefore(t, roomy)
  const began = clock.monotonic()
  for (let pauses = 1; pauses <= 8; pauses += 1) {
    gate.judge(sqliteError('SQLITE_FULL'))
    await until(() => disk.resumed === pauses)
  }
  assert.ok(clock.monotonic() - began > 10_000)
})

test('a closed gate tries no more', async (t) => {
  const { gate, disk, clock } = gateBefore(t, roomy)
  gate.judge(sqliteError('SQLITE_FULL'))
  gate.close()
  clock.advance(10_000)
  await new Promise(setImmediate)
  assert.equal(disk.probes, 0)
})

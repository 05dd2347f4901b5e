import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DamageReport } from '../../../broker/messages.ts'
import { alarmsUp, clearAlarm } from '../../../server/store/alarms.ts'
import { Station } from './station.ts'

function report(id: string, change: Partial<DamageReport> = {}): DamageReport {
  const attempts = [{ task: 7, attempt: 2 }]
  return { id, file: 'journal', kept: `/state/${id}`, offset: 90, records: 3, attempts, ...change }
}

test('damage is recorded in an alarm and said to be; what is said again changes nothing', async (t) => {
  const station = await Station.open(t)
  const { runner } = station.world
  const alarm = async () => {
    const [{ kind, text, times } = assert.fail()] = await alarmsUp(station.store.read)
    return { kind, lines: text.split('\n'), times }
  }
  const tell = async (...damage: DamageReport[]) => {
    await station.hello(runner, [], { damage })
    const [welcome] = station.heard()
    return welcome?.kind === 'welcome' ? welcome.recorded : undefined
  }
  assert.equal(await tell(), undefined)
  const first = 'journal is damaged at byte 90: the 3 records before it could be kept, affects 7.2'
  assert.deepEqual(await tell(report('a')), ['a'])
  assert.deepEqual(await tell(report('a')), ['a'], 'its welcome was lost')
  assert.deepEqual(await alarm(), {
    kind: 'damaged',
    lines: [`${first}; as it was: /state/a`],
    times: 1,
  })
  const second = report('b', { file: '7-2-000000000000.spool', records: 0, attempts: [] })
  assert.deepEqual(await tell(report('a'), second), ['a', 'b'])
  const { lines, times } = await alarm()
  assert.equal(times, 2)
  assert.equal(
    lines[1],
    '7-2-000000000000.spool is damaged at byte 90: nothing before it could be kept; as it was: /state/b',
  )
  await station.store.commit((tx) => clearAlarm(tx, runner, 'damaged', 1))
  assert.deepEqual(await tell(), undefined)
  assert.deepEqual(await alarmsUp(station.store.read), [])
})

test('many damaged files, each with many attempts: the newest are told', async (t) => {
  const station = await Station.open(t)
  const attempts = Array.from({ length: 100 }, (_, index) => ({ task: index + 1, attempt: 1 }))
  const damage = Array.from({ length: 20 }, (_, index) => report(`n${index}`, { attempts }))
  await station.hello(station.world.runner, [], { damage })
  const [alarm] = await alarmsUp(station.store.read)
  const lines = alarm?.text.split('\n') ?? []
  assert.equal(lines.length, 10)
  assert.match(lines[9] ?? '', /affects 1.1, .* 10.1, \.\.; as it was: \/state\/n19$/)
})

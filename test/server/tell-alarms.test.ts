import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '../../lib/log.ts'
import { clearAlarm, raiseAlarm } from '../../server/store/alarms.ts'
import { tellAlarms } from '../../server/tell-alarms.ts'
import { openTempStore } from './store/temp-store.ts'

test('the log has one warning when an alarm comes up, none while it stays, and a line when it is over', async (t) => {
  const { store, runner } = await openTempStore(t)
  const lines: string[] = []
  const ending = new AbortController()
  t.after(() => ending.abort())
  tellAlarms(store, createLog({ write: (line) => lines.push(line), now: () => 0 }), ending.signal)
  const raise = () => store.commit((tx) => raiseAlarm(tx, runner, 'clock', '6 min ahead', 1))
  await raise()
  await raise()
  await store.commit((tx) => clearAlarm(tx, runner, 'clock', 2))
  assert.deepEqual(
    lines.map((line) => line.trim().split(' ').slice(1).join(' ')),
    [
      `warn  runner alarm runner=${runner} alarm=clock text="6 min ahead"`,
      `info  runner alarm over runner=${runner} alarm=clock`,
    ],
  )
})

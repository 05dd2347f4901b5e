import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '../../../broker/codec.ts'
import { alarmsUp } from '../../../server/store/alarms.ts'
import { Station, topics } from './station.ts'

const minutes = 60_000

test('a clock that is far off raises an alarm, which ends by itself once that is set right', async (t) => {
  const station = await Station.open(t)
  const { runner, clock } = station.world
  const texts = async () => (await alarmsUp(station.store.read)).map(({ text }) => text)
  const session = await station.hello(runner, [], { at: clock.now() + 5 * minutes })
  assert.deepEqual(await texts(), [])

  const beat = async (aheadMs: number | undefined) => {
    const at = aheadMs === undefined ? {} : { at: clock.now() + aheadMs }
    const message = { v: 1, kind: 'heartbeat', session, accepting: true, ...at } as const
    station.say(topics.of({ channel: 'hello', runner }), encode('hello', message))
    await station.ingest.idle()
  }
  await beat(5 * minutes + 1)
  await beat(26 * 60 * minutes)
  await beat(undefined)
  assert.deepEqual(await texts(), [
    "its clock is 0 h 5 min ahead of the server's; set the wrong one right, by NTP for example",
  ])
  const [{ times } = assert.fail()] = await alarmsUp(station.store.read)
  assert.equal(times, 1, 'not written again with every heartbeat')
  await beat(-4 * minutes)
  assert.deepEqual(await texts(), [])
  await beat(-50 * 60 * minutes)
  assert.match((await texts())[0] ?? '', /^its clock is 2 d 2 h behind the server's/)
})

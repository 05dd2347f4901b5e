import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quietMs, watchClones } from '../../../server/ingest/clones.ts'
import { alarmsUp, raiseAlarm } from '../../../server/store/alarms.ts'
import { updateRunner } from '../../../server/store/runners.ts'
import { OutboxWorld } from '../feed/webhooks/outbox-world.ts'

test('a clone that does not come back is over, if the other one was there to notice it', async (t) => {
  const world = await OutboxWorld.open(t)
  const { store, runner, clock } = world
  const ending = new AbortController()
  const signal = ending.signal
  const ended = watchClones({ ...world, signal })
  t.after(async () => {
    ending.abort()
    await ended
  })
  await store.commit((tx) => raiseAlarm(tx, runner, 'cloned', 'two of them', clock.now()))
  const up = async () => (await alarmsUp(store.read)).length
  const cleared = new Promise<void>((resolve) => {
    store.changes.listen(({ kind }) => kind === 'alarm' && resolve(), signal)
  })
  clock.advance(quietMs + 60_000)
  await store.commit((tx) => updateRunner(tx, runner, { online: false }))
  assert.equal(await up(), 1, 'its own link is down: nobody would notice')
  await store.commit((tx) => updateRunner(tx, runner, { online: true }))
  for (let over = false; !over; ) {
    await new Promise(setImmediate)
    clock.advance(60_000)
    over = await Promise.race([
      cleared.then(() => true),
      new Promise<false>((r) => setImmediate(r, false)),
    ])
  }
  assert.equal(await up(), 0)
})

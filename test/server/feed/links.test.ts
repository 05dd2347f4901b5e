import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Clock, systemClock } from '../../../lib/clock.ts'
import { RunnerLinks } from '../../../server/feed/links.ts'
import { openSqlite } from '../../../server/store/open.ts'
import { insertRunner, updateRunner } from '../../../server/store/runners.ts'

const hour = 3_600_000

test('a runner comes, goes, comes back unseen; its bytes are those of the day', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-links-'))
  const store = await openSqlite(join(folder, 'database.sqlite'))
  const ending = new AbortController()
  try {
    let now = Date.UTC(2026, 10, 29, 12)
    const clock: Clock = { ...systemClock, now: () => now }
    const { id } = await store.commit((tx) =>
      insertRunner(tx, { name: 'r', token_hash: 'x', created: now }),
    )
    const links = await new RunnerLinks(store, clock, ending.signal).begin()
    const change = async (columns: object) => {
      await store.commit((tx) => updateRunner(tx, id, columns))
      await links.idle()
    }
    const states = () => links.of(id).connections.map(({ state }) => state)

    await change({ online: true, session: 1 })
    assert.deepEqual(states(), ['connected'])
    await change({ online: false })
    now += 2 * hour
    await change({ online: true, session: 2 })
    assert.deepEqual(states(), ['connected', 'lost', 'connected'])
    await change({ online: true, session: 3 })
    assert.deepEqual(states(), ['connected', 'connected', 'lost', 'connected'])
    assert.equal(links.of(id).flaps, 3)
    links.heard(id, 100)
    links.heard(id, 23)
    assert.equal(links.of(id).bytes, 123)
    now += 23 * hour
    assert.deepEqual([links.of(id).flaps, links.of(id).bytes], [2, 0])
    links.heard(id, 5)
    assert.equal(links.of(id).bytes, 5)
  } finally {
    ending.abort()
    await store.close()
    await rm(folder, { recursive: true })
  }
})

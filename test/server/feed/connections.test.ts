import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Clock, systemClock } from '../../../lib/clock.ts'
import { RunnerConnections } from '../../../server/feed/connections.ts'
import {
  connectionsKept,
  countLost,
  insertConnections,
  listConnections,
  pruneConnections,
} from '../../../server/store/connections.ts'
import { openSqlite, type Store } from '../../../server/store/open.ts'
import { deleteRunner, insertRunner, updateRunner } from '../../../server/store/runners.ts'

const hour = 3_600_000
const day = 24 * hour
const noon = Date.UTC(2026, 10, 29, 12)

async function openStore(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-connections-'))
  const store = await openSqlite(join(folder, 'database.sqlite'))
  t.after(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  const addRunner = async (name: string) => {
    const row = { name, token_hash: name, created: noon }
    return (await store.commit((tx) => insertRunner(tx, row))).id
  }
  return { store, addRunner }
}

/** A server's part of it, from start to end, at a time that the test sets. */
async function serve(store: Store, at: { now: number }) {
  const clock: Clock = { ...systemClock, now: () => at.now }
  const ending = new AbortController()
  const connections = await RunnerConnections.open({ store, clock, signal: ending.signal })
  return {
    connections,
    async change(runner: number, columns: object) {
      await store.commit((tx) => updateRunner(tx, runner, { touched: at.now, ...columns }))
      await connections.idle()
    },
    end: () => ending.abort(),
  }
}

/** Newest first, each in hours since noon. */
async function historyOf(store: Store, runner: number) {
  const rows = await listConnections(store.read, runner)
  const hours = (ms: number | null) => ms && (ms - noon) / hour
  return rows.map(({ start, end, cause }) => [hours(start), hours(end), cause])
}

test('a runner comes, goes, comes back unseen, and is there and gone between two looks', async (t) => {
  const { store, addRunner } = await openStore(t)
  const runner = await addRunner('r')
  const at = { now: noon }
  const { change, end } = await serve(store, at)
  t.after(end)
  await change(runner, { online: true, session: 1 })
  assert.deepEqual(await historyOf(store, runner), [[0, null, null]])
  at.now += hour
  await change(runner, { online: false })
  at.now += hour
  await change(runner, { online: true, session: 2 })
  at.now += hour
  await change(runner, { name: 'renamed' })
  await change(runner, { online: true, session: 3 })
  at.now += hour
  await change(runner, { online: false, session: 4 })
  at.now += hour
  // Its silence is over: in the session that it had.
  await change(runner, { online: true })
  assert.deepEqual(await historyOf(store, runner), [
    [5, null, null],
    [4, 4, 'lost'],
    [3, 4, 'replaced'],
    [2, 3, 'replaced'],
    [0, 1, 'lost'],
  ])
  assert.equal((await countLost(store.read, noon)).get(runner), 4)
  assert.equal((await countLost(store.read, noon + 2 * hour)).get(runner), 3)
})

test('what was open when a server ended has ended with it, when its runner was last heard', async (t) => {
  const { store, addRunner } = await openStore(t)
  const [there, gone] = [await addRunner('there'), await addRunner('gone')]
  const at = { now: noon }
  const first = await serve(store, at)
  for (const runner of [there, gone]) await first.change(runner, { online: true, session: 1 })
  at.now += hour
  await first.change(gone, { online: false })
  await first.change(there, { own_limit: 3 })
  first.end()

  at.now += 5 * hour
  const second = await serve(store, at)
  t.after(second.end)
  assert.deepEqual(await historyOf(store, there), [[0, 1, 'server']])
  assert.deepEqual(await historyOf(store, gone), [[0, 1, 'lost']])
  // As at each start, nobody counts as there; the next hello is a new session.
  await second.change(there, { online: false })
  await second.change(there, { online: true, session: 2 })
  assert.deepEqual(await historyOf(store, there), [
    [6, null, null],
    [0, 1, 'server'],
  ])
  assert.deepEqual([...(await countLost(store.read, 0))], [[gone, 1]], 'the link was not to blame')
})

test('a fleet that comes back at once is one transaction', async (t) => {
  const { store, addRunner } = await openStore(t)
  const ids = await Promise.all(Array.from({ length: 600 }, (_, n) => addRunner(`r${n}`)))
  const at = { now: noon }
  const { connections, end } = await serve(store, at)
  t.after(end)
  let commits = 0
  const commit = store.commit.bind(store)
  Object.assign(store, {
    commit: (work: Parameters<Store['commit']>[0]) => {
      commits += 1
      return commit(work)
    },
  })
  const all = (columns: object) =>
    commit(async (tx) => {
      for (const id of ids) await updateRunner(tx, id, columns)
    })
  await all({ online: true, session: 1 })
  await connections.idle()
  assert.equal(commits, 1)
  await all({ online: false })
  await connections.idle()
  assert.equal(commits, 2)
  await all({ name: 'another' })
  await connections.idle()
  assert.equal(commits, 2, 'nobody came or went')
  assert.equal((await countLost(store.read, 0)).size, 600)
})

test('a removed runner takes its connections with it, and makes none afterwards', async (t) => {
  const { store, addRunner } = await openStore(t)
  const [kept, removed] = [await addRunner('kept'), await addRunner('removed')]
  const { change, end } = await serve(store, { now: noon })
  t.after(end)
  await change(removed, { online: true, session: 1 })
  await store.commit((tx) => deleteRunner(tx, removed))
  const row = { start: noon, end: null, cause: null }
  const rows = [kept, removed].map((runner_id) => ({ ...row, runner_id }))
  await store.commit((tx) => insertConnections(tx, rows, noon))
  const all = await store.read('runner_connections').pluck('runner_id')
  assert.deepEqual(all, [kept])
})

test('of each runner the newest are kept, of a month; what is open stays', async (t) => {
  const { store, addRunner } = await openStore(t)
  const [flaky, calm] = [await addRunner('flaky'), await addRunner('calm')]
  const row = { runner_id: flaky, cause: 'lost' as const }
  const flaps = Array.from({ length: connectionsKept + 20 }, (_, n) => ({
    ...row,
    start: noon + n,
    end: noon + n + 1,
  }))
  const old = { runner_id: calm, start: noon - 40 * day, end: noon - 31 * day, cause: row.cause }
  const open = { runner_id: calm, start: noon - 31 * day, end: null, cause: null }
  await store.commit(async (tx) => {
    await insertConnections(tx, [old, open, ...flaps], noon)
    await pruneConnections(tx, noon)
  })
  assert.deepEqual(await historyOf(store, calm), [[-31 * 24, null, null]])
  const left = await listConnections(store.read, flaky)
  assert.equal(left.length, connectionsKept)
  assert.equal(left[0]?.start, noon + connectionsKept + 19)
})

test('rows that come do not add up for ever, also while the server runs', async (t) => {
  const { store, addRunner } = await openStore(t)
  const runner = await addRunner('flaky')
  const rows = Array.from({ length: 5100 }, (_, n) => ({
    runner_id: runner,
    start: noon + n,
    end: noon + n,
    cause: 'lost' as const,
  }))
  await store.commit((tx) => insertConnections(tx, rows, noon))
  const [count] = await store.read('runner_connections').count({ all: '*' })
  assert.ok(Number(count?.all) <= connectionsKept + 500, String(count?.all))
})

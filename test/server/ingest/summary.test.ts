/** What a tool counted travels with the result, and can never keep a task from ending. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { readSummary } from '../../../server/store/summaries.ts'
import { resultOf, Station } from './station.ts'

const counts = { ok: 2, changed: 1, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0 }
const known = {
  kind: 'ansible',
  total: { hosts: 1, ...counts },
  hosts: [{ host: 'web1', ...counts }],
}

/** The summary that is shown of a task that ended with this one. */
async function shownOf(t: TestContext, summary: unknown) {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  station.result(runner, id, session, resultOf([], { summary }))
  await station.ingest.idle()
  const row = await station.task(id.task)
  assert.equal(row.status, 'success')
  return await readSummary(station.world.store.read, row)
}

test('a summary is stored with the result', async (t) => {
  assert.deepEqual(await shownOf(t, known), known)
})

test('a result without one', async (t) => {
  assert.equal(await shownOf(t, undefined), null)
})

test('one of a kind that is not known, and one that is too large, are left out', async (t) => {
  assert.equal(await shownOf(t, { kind: 'chef', converged: true }), null)
  const hosts = Array.from({ length: 1000 }, (_, n) => ({ host: `web${n}`, ...counts }))
  assert.equal(await shownOf(t, { ...known, hosts }), null)
})

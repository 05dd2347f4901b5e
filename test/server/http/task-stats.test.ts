import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
let other: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'home')
  other = await makeProject(api.admin, 'other')
})
after(() => api.close())

/** A task that ended so many days ago, at noon in UTC, after so many seconds. */
async function ended(status: string, daysAgo: number, seconds: number | null, of = project) {
  const { clock, store } = api.context
  const end = Math.floor(clock.now() / 86_400_000 - daysAgo) * 86_400_000 + 43_200_000
  const start = seconds === null ? null : end - seconds * 1000
  const row = { project_id: of.id, template_id: of.template, created: end, status, start, end }
  await store.commit(async (tx) => void (await tx.db('tasks').insert(row)))
  return new Date(end).toISOString().slice(0, 10)
}

const stats = async (query = '') => (await api.admin.get(`${project.path}/stats${query}`)).json()

test('how tasks ended on each day, and how long they took', async () => {
  assert.deepEqual(await stats(), [])
  const first = await ended('success', 20, 10)
  await ended('success', 20, 21)
  await ended('error', 20, null)
  const second = await ended('stopped', 2, null)
  await ended('success', 40, 5)
  await ended('success', 2, 5, other)
  const expected = [
    { date: first, count_by_status: { error: 1, success: 2 }, avg_duration: 16 },
    { date: second, count_by_status: { stopped: 1 }, avg_duration: null },
  ]
  assert.deepEqual(await stats(), expected)
  assert.deepEqual(await stats(`?start=${second}`), expected.slice(1))
  assert.equal((await stats('?start=2000-01-01')).length, 3)
  assert.deepEqual(await stats(`?template_id=${other.template}`), [])
})

test('a day that is none is refused by its name', async () => {
  for (const start of ['2026-13-41', 'yesterday']) {
    const answer = await api.admin.get(`${project.path}/stats?start=${start}`)
    assert.equal(answer.status, 400)
    assert.match(answer.text, /start/)
  }
})

test('only the days that are asked for are read', async () => {
  const { store } = api.context
  const plan = await store.read.raw(
    'explain query plan select status, count(*) from tasks where project_id = 1 and end >= 5 group by end / 86400000, status',
  )
  assert.match(JSON.stringify(plan), /USING INDEX tasks_project_id_end_index/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from '../../kit/api.ts'

test('the review is for admins, empty on a database that was never put back', async (t) => {
  const api = await startApi()
  t.after(() => api.close())
  const { client } = await api.user('ann')
  assert.equal((await client.get('/api/recovery')).status, 403)
  assert.equal((await client.post('/api/recovery', { verdict: 'release' })).status, 403)
  const nothing = { review: false, since: null, found: [], attempts: [], tasks: [] }
  assert.deepEqual((await api.admin.get('/api/recovery')).json(), nothing)
  const all = await api.admin.post('/api/recovery', { verdict: 'release' })
  assert.deepEqual(all.json(), { decided: 0, left: [] })
  const named = await api.admin.post('/api/recovery', { verdict: 'adopt', task_id: 9 })
  assert.equal(named.status, 404)
  assert.equal((await api.admin.post('/api/recovery', { verdict: 'guess' })).status, 400)
})

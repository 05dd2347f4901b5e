import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raiseAlarm } from '../../../../server/store/alarms.ts'
import { type Api, startApi } from '../../../kit/api.ts'

let api: Api
before(async () => {
  api = await startApi()
})
after(() => api.close())

test('an alarm is shown with its runner, is cleared by hand, and stays to be read', async () => {
  const { admin, context } = api
  const { id, alarms } = (await admin.post('/api/runners', { name: 'edge' })).json()
  const other = (await admin.post('/api/runners', { name: 'shed' })).json()
  assert.deepEqual(alarms, [])
  for (const now of [60_000, 120_000]) {
    await context.store.commit((tx) => raiseAlarm(tx, id, 'clock', '6 min ahead', now))
  }
  const path = `/api/runners/${id}`
  const up = {
    kind: 'clock',
    text: '6 min ahead',
    first_at: '1970-01-01T00:01:00.000Z',
    last_at: '1970-01-01T00:02:00.000Z',
    times: 2,
    cleared_at: null,
  }
  assert.deepEqual((await admin.get(path)).json().alarms, [up])
  const all: { id: number; alarms: unknown }[] = (await admin.get('/api/runners')).json()
  assert.deepEqual(new Map(all.map((one) => [one.id, one.alarms])).get(id), [up])
  assert.deepEqual(new Map(all.map((one) => [one.id, one.alarms])).get(other.id), [])

  assert.equal((await admin.delete(`${path}/alarms/clock`)).status, 204)
  assert.deepEqual((await admin.get(path)).json().alarms, [])
  const [over, ...more] = (await admin.get(`${path}/alarms`)).json()
  assert.deepEqual([{ ...over, cleared_at: null }, more], [up, []])
  assert.ok(Date.parse(over.cleared_at) > Date.now() - 60_000)
})

test('what is not there cannot be cleared, and only admins may', async () => {
  const { admin } = api
  const { id } = (await admin.post('/api/runners', {})).json()
  const not = async (path: string) => {
    const answer = await admin.delete(path)
    return [answer.status, answer.json().error]
  }
  assert.deepEqual(await not(`/api/runners/${id}/alarms/clock`), [
    404,
    `runner ${id}: no alarm "clock" is up`,
  ])
  assert.deepEqual(await not('/api/runners/999/alarms/clock'), [404, 'runner 999: not found'])
  assert.equal((await not(`/api/runners/${id}/alarms/fire`))[0], 400)
  const { client } = await api.user('ann')
  assert.equal((await client.get(`/api/runners/${id}/alarms`)).status, 403)
  assert.equal((await client.delete(`/api/runners/${id}/alarms/clock`)).status, 403)
})

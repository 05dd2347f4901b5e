/** How the public keys of a runner come to be on record, and who may replace them. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { keyId } from '../../../broker/seal/keys.ts'
import { handOver } from '../../../broker/seal/succession.ts'
import { makePair, publicOf } from '../../../runner/disk/keyring.ts'
import { startApi } from '../../kit/api.ts'

const api = await startApi()
after(() => api.close())

const path = '/api/internal/runners'
const other = () => publicOf(makePair())

test('the keys of a runner made by hand are taken once; then only the old ones let new ones in', async () => {
  const { admin, stranger } = api
  const { id, token } = (await admin.post('/api/runners', { name: 'by hand' })).json()
  const runner = stranger.with({ 'x-runner-token': token })
  const put = async (body: object) => (await runner.put(`${path}/keys`, body)).status
  const onRecord = async () => (await runner.get(path)).json().keys

  const first = makePair()
  assert.equal(await put({ ...publicOf(first), seal: 'x' }), 400)
  assert.equal(await put(publicOf(first)), 204)
  assert.equal(await put(publicOf(first)), 204, 'the answer was lost, and it asks again')
  assert.deepEqual(await onRecord(), publicOf(first))
  assert.equal((await admin.get(`/api/runners/${id}`)).json().key_id, keyId(first.sign.public))

  const thief = makePair()
  assert.equal(await put(publicOf(thief)), 409)
  const signature = handOver(id, thief.sign, publicOf(thief))
  assert.equal(await put({ ...publicOf(thief), signature }), 409)
  assert.deepEqual(await onRecord(), publicOf(first))

  const next = other()
  assert.equal(await put({ ...next, signature: handOver(id, first.sign, next) }), 204)
  assert.deepEqual(await onRecord(), next)
})

test('a new token lets new keys in, and until they are there nothing goes out in clear', async () => {
  const { admin, stranger, context } = api
  const { id, token } = (await admin.post('/api/runners', {})).json()
  const put = async (token: string) =>
    (await stranger.with({ 'x-runner-token': token }).put(`${path}/keys`, other())).status
  assert.equal(await put(token), 204)
  const now = (await admin.post(`/api/runners/${id}/token`)).json().token
  const row = await context.store.read('runners').where({ id }).first()
  assert.equal(row.keys, '"awaited"')
  assert.equal(await put(token), 401)
  assert.equal(await put(now), 204)
})

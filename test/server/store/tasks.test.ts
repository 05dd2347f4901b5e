import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeChunk, encodeChunk } from '../../../broker/codec.ts'
import { taskStatuses } from '../../../broker/states.ts'
import { appendChunks, readLog } from '../../../server/store/chunks.ts'
import {
  activeStatuses,
  activeTasks,
  deleteTask,
  findTask,
  insertTask,
  listTasks,
  type NewTask,
  openTaskSecrets,
  sealTaskSecrets,
  waitingTasks,
} from '../../../server/store/tasks.ts'
import { openTempStore, type TempStore } from './temp-store.ts'

function add({ store, project, template }: TempStore, change: Partial<NewTask> = {}) {
  const task = { project_id: project, template_id: template, created: 1, ...change }
  return store.commit(({ db }) => insertTask(db, task))
}

test('a new task waits, and was never offered', async (t) => {
  const temp = await openTempStore(t)
  const task = await add(temp, { message: 'nightly' })
  const { status, attempt, runner_id, cancel, message, params, end } = task
  assert.deepEqual(
    { status, attempt, runner_id, cancel, message, params, end },
    {
      status: 'waiting',
      attempt: 0,
      runner_id: null,
      cancel: '',
      message: 'nightly',
      params: '{}',
      end: null,
    },
  )
  assert.deepEqual(await findTask(temp.store.read, task.id), task)
})

test('waiting: the oldest first; listed: the newest first', async (t) => {
  const temp = await openTempStore(t)
  const { store, project } = temp
  const ids = [(await add(temp)).id, (await add(temp)).id, (await add(temp)).id]
  const waiting = await waitingTasks(store.read, 2)
  assert.deepEqual(
    waiting.map(({ id }) => id),
    ids.slice(0, 2),
  )
  const listed = await listTasks(store.read, { project_id: project }, { limit: 2 })
  assert.deepEqual(
    listed.map(({ id }) => id),
    ids.toReversed().slice(0, 2),
  )
})

test('the tag asked for is that of the template, else of the inventory that the task uses', async (t) => {
  const temp = await openTempStore(t)
  const { store, project, template } = temp
  const inventory = { name: 'i', type: 'static', inventory: '', project_id: project } as const
  const [usual, own] = await store.commit(({ db }) =>
    db('inventories').insert(
      [
        { ...inventory, runner_tag: 'usual' },
        { ...inventory, runner_tag: 'own' },
      ],
      ['id'],
    ),
  )
  const tags = async () => (await waitingTasks(store.read, 9)).map(({ tag }) => tag)
  await add(temp)
  await add(temp, { inventory_id: own.id })
  assert.deepEqual(await tags(), [null, 'own'])
  const change = (columns: object) =>
    store.commit(({ db }) => db('templates').where({ id: template }).update(columns))
  await change({ inventory_id: usual.id })
  assert.deepEqual(await tags(), ['usual', 'own'])
  await change({ runner_tag: 'gpu' })
  assert.deepEqual(await tags(), ['gpu', 'gpu'])
})

test('a slot is held from the offer to the end', async (t) => {
  const temp = await openTempStore(t)
  const { store } = temp
  const { id } = await add(temp)
  for (const status of taskStatuses) {
    await store.commit(({ db }) => db('tasks').where({ id }).update({ status }))
    const held = !['waiting', 'success', 'error', 'stopped'].includes(status)
    assert.equal((await activeTasks(store.read)).length, held ? 1 : 0, status)
    assert.equal(activeStatuses.includes(status), held)
  }
})

test('a deleted task takes its attempts and its log with it; its number is not given again', async (t) => {
  const temp = await openTempStore(t)
  const { store, runner: runner_id } = temp
  const { id } = await add(temp)
  const chunk = decodeChunk(encodeChunk({ session: 1, seq: 0, at: 1 }, Buffer.from('x')))
  await store.commit(async ({ db }) => {
    const row = { task_id: id, attempt: 1, runner_id, phase: 'ended', offered: 1 }
    await db('attempts').insert(row)
    await appendChunks(db, id, 1, [chunk])
    await deleteTask(db, id)
  })
  assert.deepEqual(await store.read('attempts'), [])
  for await (const _ of readLog(store.read, id, 1)) assert.fail('its log is still there')
  assert.ok((await add(temp)).id > id)
})

test('survey secrets are sealed for their template', async (t) => {
  const { cipher } = await openTempStore(t)
  const secret = sealTaskSecrets(cipher, 3, { token: 'hunter2' })
  assert.ok(secret !== null && !secret.includes('hunter2'))
  assert.deepEqual(openTaskSecrets(cipher, { template_id: 3, secret }), { token: 'hunter2' })
  assert.throws(() => openTaskSecrets(cipher, { template_id: 4, secret }))
  assert.equal(sealTaskSecrets(cipher, 3, {}), null)
  assert.deepEqual(openTaskSecrets(cipher, { template_id: 3, secret: null }), {})
})

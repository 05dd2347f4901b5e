import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { decodeChunk, encodeChunk } from '../../../broker/codec.ts'
import { taskStatuses } from '../../../broker/states.ts'
import { appendChunks } from '../../../server/store/chunks.ts'
import { oldTasks, piecesAtOnce, removePieces } from '../../../server/store/old-tasks.ts'
import { insertTask, type NewTask } from '../../../server/store/tasks.ts'
import { openTempStore } from './temp-store.ts'

async function open(t: TestContext) {
  const temp = await openTempStore(t)
  const { store, project, template, runner } = temp
  const row = { project_id: project, template_id: template, created: 1 }
  return {
    ...temp,
    async add(change: Partial<NewTask> = {}): Promise<number> {
      const task = { ...row, status: 'success' as const, ...change }
      return (await store.commit(({ db }) => insertTask(db, task))).id
    },
    /** An attempt with a log of so many pieces, and one piece of a file. */
    async ran(task_id: number, pieces: number, phase = 'ended') {
      await store.commit(async ({ db }) => {
        const attempt = { task_id, attempt: 1, runner_id: runner, phase, offered: 1 }
        await db('attempts').insert(attempt)
        const chunk = (seq: number, part?: 'file') =>
          decodeChunk(
            encodeChunk({ session: 1, seq, at: 1, ...(part && { part }) }, Buffer.from('x')),
          )
        const log = Array.from({ length: pieces }, (_, seq) => chunk(seq))
        await appendChunks(db, task_id, 1, [...log, chunk(pieces, 'file')])
        const artifact = { task_id, attempt: 1, seq: pieces + 1, name: 'a', bytes: 1 }
        await db('artifacts').insert(artifact)
      })
    },
    old: (keep: number, limit = 9) => oldTasks(store.read, { template, keep, limit }),
    set: (table: string, row: object) => store.commit(({ db }) => db(table).insert(row)),
    count: async (table: string) => (await store.read(table)).length,
  }
}

test('the newest that are over are kept, whatever is under way beside them', async (t) => {
  const { add, old } = await open(t)
  const running = await add({ status: 'running' })
  const ids = [await add(), await add({ status: 'error' }), await add({ status: 'stopped' })]
  await add({ status: 'waiting' })
  assert.deepEqual(await old(3), [])
  assert.deepEqual(await old(1), ids.slice(0, 2))
  assert.deepEqual(await old(1, 1), ids.slice(0, 1))
  assert.ok(!(await old(1)).includes(running))
})

test('none that is not over is ever among them', async (t) => {
  const { store, add, old } = await open(t)
  const id = await add()
  await add()
  for (const status of taskStatuses) {
    await store.commit(({ db }) => db('tasks').where({ id }).update({ status }))
    const isOver = ['success', 'error', 'stopped'].includes(status)
    assert.deepEqual(await old(1), isOver ? [id] : [], status)
  }
})

test('none of which somebody is still to hear, and none behind it waits for that', async (t) => {
  const { store, project, runner, add, ran, old, set } = await open(t)
  const [told, chased, sending, free] = [await add(), await add(), await add(), await add()]
  await add()
  const delivery = { message_id: 'm', once: 'o', lane: 'l', project_id: project, event: 'e' }
  await set('deliveries', { ...delivery, task_id: told, body: '', state: 'pending', created: 1 })
  await set('deliveries', {
    ...delivery,
    message_id: 'n',
    once: 'p',
    task_id: free,
    body: '',
    state: 'delivered',
    created: 1,
  })
  await ran(chased, 1, 'started')
  await ran(free, 1)
  const unacked = JSON.stringify([{ task: sending, attempt: 1, bytes: 9 }])
  await store.commit(({ db }) => db('runners').where({ id: runner }).update({ unacked }))
  assert.deepEqual(await old(1, 1), [free])
  assert.deepEqual(await old(1), [free])
})

test('the version from which the next build counts up stays', async (t) => {
  const { add, old } = await open(t)
  const [first, second] = [await add({ version: '1.0.0' }), await add({ version: '1.0.1' })]
  const plain = await add()
  await add()
  assert.deepEqual(await old(1), [first, plain])
  await add({ version: '1.0.2' })
  assert.deepEqual(await old(1), [first, second, plain, plain + 1])
})

test('they go with all that belongs to them, in steps of which none is large', async (t) => {
  const { store, add, ran, count } = await open(t)
  const [long, short, kept] = [await add(), await add(), await add()]
  await ran(long, piecesAtOnce + 10)
  await ran(short, 3)
  await ran(kept, 3)
  const left: number[] = []
  let gone = false
  while (!gone) {
    gone = await store.commit((tx) => removePieces(tx, [long, short]))
    left.push((await count('chunks')) + (await count('file_chunks')))
    if (!gone) assert.equal(await count('tasks'), 3, 'it is there until nothing of it is left')
  }
  const all = piecesAtOnce + 10 + 1 + 3 + 1 + 4
  assert.deepEqual(left, [all - piecesAtOnce, 4])
  for (const table of ['tasks', 'attempts', 'artifacts', 'file_chunks'])
    assert.equal(await count(table), 1, table)
  assert.equal(await count('chunks'), 3)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offerPass } from '../../../server/dispatch/offer-pass.ts'
import { updateRunner } from '../../../server/store/runners.ts'
import { insertTask } from '../../../server/store/tasks.ts'
import { openTempStore } from '../store/temp-store.ts'

test('a thousand tasks that nobody can take do not hold up the next', async (t) => {
  const { store, project, template, runner } = await openTempStore(t)
  await store.commit((tx) => updateRunner(tx, runner, { online: true }))
  const add = () =>
    store.commit(({ db }) =>
      insertTask(db, { project_id: project, template_id: template, created: 1 }),
    )
  const pass = () => store.commit((tx) => offerPass(tx, 0, 1, () => 0))
  const { id: _, ...row } = (await store.read('templates').where({ id: template }).first()) as {
    id: number
  }
  const [stuck] = await store.commit(({ db }) =>
    db('templates').insert({ ...row, name: 'stuck', runner_tag: 'gpu' }, ['id']),
  )
  const waiting = { project_id: project, template_id: stuck.id, status: 'waiting', created: 1 }
  await store.commit(async ({ db }) => {
    for (let part = 0; part < 11; part += 1) {
      await db('tasks').insert(Array.from({ length: 100 }, () => waiting))
    }
  })
  const behind = [await add(), await add()]
  assert.deepEqual(
    (await pass()).map(({ task }) => task),
    behind.map(({ id }) => id),
  )
  await store.commit(({ db }) =>
    db('projects').where({ id: project }).update({ max_parallel_tasks: 2 }),
  )
  await add()
  assert.deepEqual(await pass(), [], 'limits hold there too')
})

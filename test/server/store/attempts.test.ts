import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Decision } from '../../../server/core/views.ts'
import {
  heldByRunner,
  liveViews,
  loadCurrentView,
  loadView,
  offerAttempt,
  saveDecision,
} from '../../../server/store/attempts.ts'
import type { Change } from '../../../server/store/changes.ts'
import { findTask, insertTask, type TaskRow } from '../../../server/store/tasks.ts'
import { unanswered } from '../../../server/store/unanswered.ts'
import { resultBody } from '../core/views.ts'
import { openTempStore, type TempStore } from './temp-store.ts'

interface Offered extends TempStore {
  id: { task: number; attempt: number }
  changes: Change[]
  save(decision: Decision, now?: number): Promise<void>
  row(): Promise<TaskRow>
}

/** A task that is offered to the runner, at time 100. */
async function offered(t: TestContext): Promise<Offered> {
  const temp = await openTempStore(t)
  const { store, project: project_id, template: template_id, runner } = temp
  const task = await store.commit(({ db }) =>
    insertTask(db, { project_id, template_id, created: 1 }),
  )
  const attempt = await store.commit((tx) =>
    offerAttempt(tx, task, { id: runner, webhook: '' }, 100),
  )
  const changes: Change[] = []
  const ending = new AbortController()
  t.after(() => ending.abort())
  store.changes.listen((change) => changes.push(change), ending.signal)
  return {
    ...temp,
    id: { task: task.id, attempt },
    changes,
    save: (decision, now = 200) =>
      store.commit(async (tx) => {
        await saveDecision(tx, await loadView(tx.db, task.id, attempt), decision, now)
      }),
    row: async () => (await findTask(store.read, task.id)) as TaskRow,
  }
}

test('D1: an offer is the next attempt of its task, and the task starts', async (t) => {
  const { store, runner, id, row } = await offered(t)
  const { status, attempt, runner_id } = await row()
  assert.deepEqual([status, attempt, runner_id], ['starting', 1, runner])
  const view = await loadView(store.read, id.task, id.attempt)
  assert.deepEqual(view, await loadCurrentView(store.read, id.task))
  assert.deepEqual(view.attempt, {
    ...id,
    runner,
    phase: 'offered',
    claim: 0,
    nextSeq: 0,
    bytes: 0,
    logResets: 0,
    result: null,
    confirmation: '',
  })
})

test('what is not there has no view', async (t) => {
  const { store, id } = await offered(t)
  assert.deepEqual(await loadView(store.read, 999, 1), { task: undefined, attempt: undefined })
  assert.equal((await loadView(store.read, id.task, 2)).attempt, undefined)
  assert.equal(await loadCurrentView(store.read, 999), undefined)
})

test('a decision without rows writes nothing and tells nobody', async (t) => {
  const { changes, save, row } = await offered(t)
  const before = await row()
  await save({ effects: [{ kind: 'offer' }] })
  assert.deepEqual(await row(), before)
  assert.deepEqual(changes, [])
})

test('a task starts once, when its attempt does', async (t) => {
  const { changes, save, row, id, project, template } = await offered(t)
  await save({ task: { status: 'running' }, attempt: { phase: 'started' }, effects: [] }, 200)
  assert.equal((await row()).start, 200)
  assert.deepEqual(changes, [{ kind: 'task', task: id.task, project, template, status: 'running' }])
})

test('D5: an ending fills the row, empties its secrets and tells its webhooks, all in one', async (t) => {
  const { store, cipher, project, id, save, row } = await offered(t)
  await store.commit(async ({ db }) => {
    await db('tasks')
      .where({ id: id.task })
      .update({ secret: cipher.seal('x', 'y') })
    await db('webhooks').insert({
      project_id: project,
      name: 'Chat',
      url: 'https://example.org',
      events: JSON.stringify(['task.finished']),
      secret: 'sealed',
      active: true,
      created: 1,
    })
  })
  const result = resultBody({ exit_code: 3, commit_hash: 'abc', commit_message: 'fix' })
  const ending = { status: 'error', reason: 'exit code 3', result } as const
  const decision: Decision = {
    task: { status: 'error' },
    attempt: { phase: 'ended', result },
    ending,
    effects: [],
  }
  await save(decision, 300)
  const { status, exit_code, reason, commit_hash, commit_message, end, secret } = await row()
  assert.deepEqual(
    { status, exit_code, reason, commit_hash, commit_message, end, secret },
    {
      status: 'error',
      exit_code: 3,
      reason: 'exit code 3',
      commit_hash: 'abc',
      commit_message: 'fix',
      end: 300,
      secret: null,
    },
  )
  assert.deepEqual((await loadView(store.read, id.task, 1)).attempt?.result, result)
  assert.deepEqual(await store.read('deliveries').pluck('event'), ['task.finished'])
})

test('D5: no ending without its webhook, and no webhook without its ending', async (t) => {
  const { store, id, row } = await offered(t)
  const failing = store.commit(async (tx) => {
    const view = await loadView(tx.db, id.task, 1)
    const ending = { status: 'stopped', reason: null, result: null } as const
    await saveDecision(tx, view, { task: { status: 'stopped' }, ending, effects: [] }, 300)
    throw new Error('power cut')
  })
  await assert.rejects(failing, /power cut/)
  assert.equal((await row()).status, 'starting')
  assert.deepEqual(await store.read('deliveries'), [])
})

test('a runner is held by what is offered, claimed or started', async (t) => {
  const { store, runner, id, save } = await offered(t)
  for (const [phase, held] of [
    ['offered', 1],
    ['claimed', 1],
    ['started', 1],
    ['ended', 0],
    ['withdrawn', 0],
    ['lost', 0],
  ] as const) {
    await save({ attempt: { phase }, effects: [] })
    assert.equal((await heldByRunner(store.read)).get(runner) ?? 0, held, phase)
    const live = await liveViews(store.read, runner)
    assert.deepEqual(
      live.map(({ attempt }) => attempt?.task),
      held ? [id.task] : [],
    )
  }
})

test('D1, D8: what is said again: offers, and cancels without a result, to runners that are there', async (t) => {
  const { store, runner, id, save } = await offered(t)
  const online = (online: boolean) =>
    store.commit(({ db }) => db('runners').where({ id: runner }).update({ online }))
  const nothing = { offers: [], cancels: [], answers: [] }
  assert.deepEqual(await unanswered(store.read), nothing, 'offline')
  await online(true)
  const said = { ...id, runner }
  assert.deepEqual((await unanswered(store.read)).offers, [said])
  await save({
    task: { status: 'stopping', cancel: 'term' },
    attempt: { phase: 'started' },
    effects: [],
  })
  assert.deepEqual(await unanswered(store.read), {
    ...nothing,
    cancels: [{ ...said, force: false }],
  })
  await save({ task: { status: 'stopped', cancel: 'kill' }, effects: [] })
  assert.deepEqual((await unanswered(store.read)).cancels, [{ ...said, force: true }])
  await save({ attempt: { phase: 'ended' }, effects: [] })
  assert.deepEqual((await unanswered(store.read)).cancels, [])
})

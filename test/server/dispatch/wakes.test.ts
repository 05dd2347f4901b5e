/** What wakes the queue beside tasks and runners: the rules by which it is judged. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { TasksMessage } from '../../../broker/messages.ts'
import { silentLog } from '../../../lib/log.ts'
import { startDispatcher } from '../../../server/dispatch/dispatcher.ts'
import { startIfNew } from '../../../server/dispatch/new-commits.ts'
import { enqueueTask, startTask } from '../../../server/dispatch/start-task.ts'
import { inventories } from '../../../server/store/inventories.ts'
import { updateProject } from '../../../server/store/projects.ts'
import { updateRunner } from '../../../server/store/runners.ts'
import { schedules } from '../../../server/store/schedules.ts'
import { templates } from '../../../server/store/templates.ts'
import { openTempStore } from '../store/temp-store.ts'

async function open(t: TestContext) {
  const temp = await openTempStore(t)
  const { store, project, template, runner } = temp
  await store.commit((tx) => updateRunner(tx, runner, { online: true }))
  return {
    ...temp,
    add: () => startTask(store, { project_id: project, template_id: template, created: 1 }),
    set: (table: string, id: number, columns: object) =>
      store.commit(({ db }) => db(table).where({ id }).update(columns)),
  }
}

/** A dispatcher that offers to nobody, and tells what it would have offered. */
function watch(t: TestContext, store: Parameters<typeof startTask>[0]) {
  const ending = new AbortController()
  t.after(() => ending.abort())
  const offers: number[] = []
  let heard = () => {}
  const tasks = (_runner: number, message: TasksMessage) => {
    if (message.kind === 'offer') offers.push(message.task)
    heard()
    return true
  }
  startDispatcher({
    store,
    postbox: { tasks, acks: () => true },
    maxParallelTasks: 0,
    clock: { now: () => 1, monotonic: () => 1, sleep: () => new Promise(() => {}) },
    random: () => 0,
    log: silentLog,
    signal: ending.signal,
  })
  return {
    offers,
    /** Resolves with the next offer, of which nothing that was before can be the cause. */
    async next(change: () => Promise<unknown>): Promise<void> {
      for (let passes = 0; passes < 3; passes += 1) await store.commit(async () => {})
      assert.deepEqual(offers, [])
      const offered = new Promise<void>((resolve) => {
        heard = resolve
      })
      await change()
      await offered
    },
  }
}

test('a tag or a limit that changes wakes the queue', { timeout: 10_000 }, async (t) => {
  const { store, project, template, add, set } = await open(t)
  const inventory = await store.commit((tx) =>
    inventories.insert(tx, project, {
      name: 'i',
      type: 'static',
      inventory: '',
      ssh_key_id: null,
      become_key_id: null,
      repository_id: null,
      runner_tag: 'gpu',
    }),
  )
  await set('templates', template, { inventory_id: inventory })
  await set('projects', project, { max_parallel_tasks: 1 })
  const { offers, next } = watch(t, store)

  const first = await add()
  await next(() =>
    store.commit((tx) => inventories.update(tx, project, inventory, { runner_tag: null })),
  )
  assert.deepEqual(offers.splice(0), [first.id])

  const second = await add()
  await next(() => store.commit((tx) => updateProject(tx, project, { max_parallel_tasks: 0 })))
  assert.deepEqual(offers.splice(0), [second.id])

  await set('templates', template, { runner_tag: 'gpu' })
  const third = await add()
  const row = await templates.find(store.read, project, template)
  assert.ok(row)
  const { id: _, project_id: __, ...columns } = row
  await next(() =>
    store.commit((tx) => templates.update(tx, project, template, { ...columns, runner_tag: null })),
  )
  assert.deepEqual(offers, [third.id])
})

test('a task for a new commit wakes the queue', { timeout: 10_000 }, async (t) => {
  const { store, project, template } = await open(t)
  const repository = await store.read('repositories').first('id')
  const id = await store.commit((tx) =>
    schedules.insert(tx, project, {
      name: 'nightly',
      type: '',
      template_id: template,
      cron_format: '0 3 * * *',
      run_at: null,
      active: true,
      next_run: 1,
      last_run: null,
      timezone: '',
      zone: '',
      repository_id: repository.id,
      last_commit_hash: null,
      delete_after_run: false,
      run_missed: false,
      task_params: {},
      trouble: null,
    }),
  )
  const schedule = await schedules.find(store.read, project, id)
  assert.ok(schedule)
  const { offers, next } = watch(t, store)
  let task: number | undefined
  await next(() =>
    startIfNew(schedule, {
      store,
      headOf: async () => 'aaa',
      async start(tx) {
        task = (await enqueueTask(tx, { project_id: project, template_id: template, created: 1 }))
          .id
        return null
      },
      noteTrouble: async () => {},
      now: 1,
      log: silentLog,
      signal: new AbortController().signal,
    }),
  )
  assert.deepEqual(offers, [task])
})

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { JobsAhead } from '../../../server/ingest/ahead.ts'
import { Changes } from '../../../server/store/changes.ts'
import { jobOf } from '../../kit/job.ts'
import { Life, Timeline } from '../../kit/timeline.ts'

function world() {
  const timeline = new Timeline()
  const ending = new AbortController()
  const changes = new Changes((error) => {
    throw error
  })
  const read: number[] = []
  const jobs = new JobsAhead({
    changes,
    readJob: async (task, attempt) => {
      read.push(task)
      return jobOf(task, attempt)
    },
    clock: timeline.clock(new Life()),
    signal: ending.signal,
  })
  const offered = (task: number) => changes.emit([{ kind: 'offered', runner: 1, task, attempt: 1 }])
  /** Lets happen what is due within so many ms. */
  const pass = async (ms: number) => {
    let over = false
    timeline.after(ms, () => {
      over = true
    })
    while (!over && timeline.next()) await new Promise(setImmediate)
  }
  return { jobs, read, offered, pass, signal: ending.signal, end: () => ending.abort() }
}

test('a job is read while its offer is on the way, and once', async () => {
  const { jobs, read, offered, pass } = world()
  offered(1)
  await pass(1)
  assert.deepEqual(read, [1])
  assert.equal((await jobs.take(1, 1)).task.id, 1)
  assert.deepEqual(read, [1])
})

test('a job that nobody claims is forgotten after two seconds, each in its turn', async () => {
  const { jobs, read, offered, pass } = world()
  offered(1)
  await pass(1_500)
  offered(2)
  await pass(1_000)
  await jobs.take(2, 1)
  await jobs.take(1, 1)
  assert.deepEqual(read, [1, 2, 1])
})

test('however many are read ahead, one sleep waits for all', async () => {
  const { read, offered, pass, signal } = world()
  const before = getEventListeners(signal, 'abort').length
  for (let task = 1; task <= 200; task += 1) offered(task)
  await pass(1)
  assert.equal(read.length, 64)
  assert.equal(getEventListeners(signal, 'abort').length, before + 1)
})

test('after the end nothing is read', async () => {
  const { jobs, read, offered, pass, end } = world()
  offered(1)
  end()
  await pass(1)
  await jobs.idle()
  assert.deepEqual(read, [])
})

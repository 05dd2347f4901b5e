import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decideReachable,
  decideSilent,
  decideUnreachable,
  type SilenceRules,
} from '../../../server/core/silence.ts'
import type { TaskView } from '../../../server/core/views.ts'
import { attemptView, taskView } from './views.ts'

const view = (task: Partial<TaskView>, phase: 'offered' | 'claimed' | 'started' = 'started') => ({
  task: taskView(task),
  attempt: attemptView({ phase }),
})
const rules = (change: Partial<SilenceRules> = {}): SilenceRules => ({
  policy: 'fail',
  idempotent: false,
  maxRequeues: 1,
  ...change,
})
const unreachable = { status: 'unreachable' } as const

test('D7: silence is shown, and is not final', () => {
  assert.deepEqual(decideUnreachable(view({ status: 'running' })).task, unreachable)
  assert.deepEqual(decideUnreachable(view({ status: 'starting' }, 'claimed')).task, unreachable)
})

test('D7: what was only offered goes back to the queue', () => {
  const { task, attempt } = decideUnreachable(view({ status: 'starting' }, 'offered'))
  assert.deepEqual([task?.status, attempt?.phase], ['waiting', 'withdrawn'])
})

test('D7: a stop that waits for its runner is still shown as that; what is over stays over', () => {
  for (const status of ['stopping', 'success', 'stopped', 'unreachable'] as const) {
    assert.deepEqual(decideUnreachable(view({ status })), { effects: [] })
  }
})

test('D7: a runner that speaks again finds its tasks as they were', () => {
  assert.deepEqual(decideReachable(view(unreachable)).task, { status: 'running' })
  assert.deepEqual(decideReachable(view(unreachable, 'claimed')).task, { status: 'starting' })
  assert.deepEqual(decideReachable(view({ status: 'stopping' })), { effects: [] })
})

test('D7: fail ends the task and loses the attempt', () => {
  const { task, attempt, ending } = decideSilent(view(unreachable), rules())
  assert.deepEqual([task?.status, attempt?.phase], ['error', 'lost'])
  assert.match(String(ending?.reason), /stopped responding/)
})

test('D7: wait waits', () => {
  assert.deepEqual(decideSilent(view(unreachable), rules({ policy: 'wait' })), { effects: [] })
})

test('D7: requeue needs an idempotent template, no stop, and turns left', () => {
  const requeue = rules({ policy: 'requeue', idempotent: true })
  const again = decideSilent(view(unreachable), requeue)
  assert.deepEqual(again.task, { status: 'waiting', runner: null, requeues: 1 })
  assert.deepEqual(again.attempt, { phase: 'lost' })
  const not = [
    decideSilent(view(unreachable), { ...requeue, idempotent: false }),
    decideSilent(view({ ...unreachable, requeues: 1 }), requeue),
  ]
  for (const { task } of not) assert.equal(task?.status, 'error')
  const stopped = decideSilent(view({ ...unreachable, cancel: 'term' }), requeue)
  assert.equal(stopped.task?.status, 'stopped')
})

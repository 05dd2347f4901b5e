import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AttemptView, Decision, TaskView } from '../../../server/core/views.ts'
import { decideLost, decideStop, decideWithdraw } from '../../../server/core/wish.ts'
import { attemptView, taskView } from './views.ts'

const nothing: Decision = { effects: [] }
const stopped: Decision = {
  task: { status: 'stopped' },
  ending: { status: 'stopped', reason: null, result: null },
  effects: [],
}

type StopRow = [
  rule: string,
  task: Partial<TaskView>,
  attempt: Partial<AttemptView> | undefined,
  force: boolean,
  expected: Decision,
]

const stops: StopRow[] = [
  [
    'a task that was never offered is over at once',
    { status: 'waiting', attempt: 0 },
    undefined,
    false,
    stopped,
  ],
  [
    'so is one whose offer was taken back',
    { status: 'waiting' },
    { phase: 'withdrawn' },
    false,
    stopped,
  ],
  [
    'and one that is only offered: it will never be granted',
    {},
    {},
    false,
    {
      ...stopped,
      attempt: { phase: 'withdrawn' },
      effects: [{ kind: 'cancel', force: true }],
    },
  ],
  [
    'what was granted waits for the word of its runner',
    {},
    { phase: 'claimed' },
    false,
    {
      task: { status: 'stopping', cancel: 'term' },
      effects: [{ kind: 'cancel', force: false }],
    },
  ],
  [
    'so does what runs',
    { status: 'running' },
    { phase: 'started' },
    false,
    {
      task: { status: 'stopping', cancel: 'term' },
      effects: [{ kind: 'cancel', force: false }],
    },
  ],
  [
    'a second stop says it again',
    { status: 'stopping', cancel: 'term' },
    { phase: 'started' },
    false,
    { task: { cancel: 'term' }, effects: [{ kind: 'cancel', force: false }] },
  ],
  [
    'by force it is over now, and the runner is chased on',
    { status: 'stopping', cancel: 'term' },
    { phase: 'started' },
    true,
    {
      task: { status: 'stopped', cancel: 'kill' },
      ending: { status: 'stopped', reason: 'stopped by force', result: null },
      effects: [{ kind: 'cancel', force: true }],
    },
  ],
  ['what is over stays as it is', { status: 'success' }, { phase: 'ended' }, true, nothing],
]

describe('D8: stop', () => {
  for (const [rule, task, attempt, force, expected] of stops) {
    test(rule, () => {
      const view = { task: taskView(task), attempt: attempt && attemptView(attempt) }
      assert.deepEqual(decideStop(view, force), expected)
    })
  }
})

const withdrawn: Decision = {
  task: { status: 'waiting', runner: null },
  attempt: { phase: 'withdrawn' },
  effects: [],
}

describe('D1: an offer is taken back', () => {
  test('while it is only an offer', () => {
    assert.deepEqual(decideWithdraw({ task: taskView(), attempt: attemptView() }), withdrawn)
  })
  for (const phase of ['claimed', 'started', 'ended', 'withdrawn', 'lost'] as const) {
    test(`not what is ${phase}`, () => {
      const attempt = attemptView({ phase })
      assert.deepEqual(decideWithdraw({ task: taskView(), attempt }), nothing)
    })
  }
  test('not of a task that went on', () => {
    const task = taskView({ attempt: 3 })
    assert.deepEqual(decideWithdraw({ task, attempt: attemptView() }), nothing)
  })
})

type LostRow = [rule: string, task: Partial<TaskView>, attempt: Partial<AttemptView>, Decision]

const losses: LostRow[] = [
  ['an offer goes back to the queue: nothing ran', {}, {}, withdrawn],
  [
    'what was granted ends with the reason',
    { status: 'running' },
    { phase: 'started' },
    {
      task: { status: 'error' },
      ending: { status: 'error', reason: 'runner 3 was removed', result: null },
      attempt: { phase: 'lost' },
      effects: [],
    },
  ],
  [
    'what was to stop is stopped',
    { status: 'stopping', cancel: 'term' },
    { phase: 'started' },
    {
      task: { status: 'stopped' },
      ending: { status: 'stopped', reason: 'runner 3 was removed', result: null },
      attempt: { phase: 'lost' },
      effects: [],
    },
  ],
  [
    'a task that is over stays as it is',
    { status: 'stopped', cancel: 'kill' },
    { phase: 'started' },
    { attempt: { phase: 'lost' }, effects: [] },
  ],
  [
    'and so does one that went on',
    { attempt: 3 },
    { phase: 'started' },
    { attempt: { phase: 'lost' }, effects: [] },
  ],
]

describe('D6: an attempt that will never report', () => {
  for (const [rule, task, attempt, expected] of losses) {
    test(rule, () => {
      const view = { task: taskView(task), attempt: attemptView(attempt) }
      assert.deepEqual(decideLost(view, 'runner 3 was removed'), expected)
    })
  }
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decide } from '../../../server/core/attempt.ts'
import { answersOf, decideAnswer } from '../../../server/core/confirmation.ts'
import { decideReachable, decideUnreachable } from '../../../server/core/silence.ts'
import type { AttemptView, Decision, TaskView } from '../../../server/core/views.ts'
import { attemptView, taskView } from './views.ts'

const nothing: Decision = { effects: [] }
const killed: Decision = { effects: [{ kind: 'cancel', force: true }] }

const viewOf = (task: Partial<TaskView>, attempt: Partial<AttemptView>) => ({
  task: taskView({ status: 'running', ...task }),
  attempt: attemptView({ phase: 'started', ...attempt }),
})

type Row = [rule: string, TaskView['status'], Partial<AttemptView>, expected: Decision]

describe('D11: the job asks', () => {
  const open = {
    task: { status: 'waiting_confirmation' },
    attempt: { confirmation: 'open' },
  } as const
  const rows: Row[] = [
    ['the task waits', 'running', {}, { ...open, effects: [] }],
    [
      'also when that is the first that is heard of it',
      'starting',
      { phase: 'claimed' },
      { ...open, attempt: { phase: 'started', confirmation: 'open' }, effects: [] },
    ],
    ['a repetition changes nothing', 'waiting_confirmation', { confirmation: 'open' }, nothing],
    ['nor does a late one', 'running', { confirmation: 'resumed' }, nothing],
    [
      'what was answered is said again',
      'confirmed',
      { confirmation: 'confirmed' },
      { effects: [{ kind: 'confirm' }] },
    ],
    ['a no too', 'rejected', { confirmation: 'rejected' }, { effects: [{ kind: 'reject' }] }],
    [
      'a task that is being stopped stays that',
      'stopping',
      {},
      { attempt: open.attempt, effects: [] },
    ],
    ['one that is over is ended', 'stopped', {}, killed],
    ['so is a superseded attempt', 'running', { attempt: 1 }, killed],
  ]
  for (const [rule, status, attempt, expected] of rows) {
    test(rule, () => {
      const decision = decide(viewOf({ status }, attempt), { kind: 'waiting' })
      assert.deepEqual({ task: undefined, ...decision }, { task: undefined, ...expected })
    })
  }
})

describe('D11: the runner has heard the yes', () => {
  test('the task runs on, once', () => {
    const heard = decide(viewOf({ status: 'confirmed' }, { confirmation: 'confirmed' }), {
      kind: 'resumed',
    })
    assert.deepEqual(heard, {
      task: { status: 'running' },
      attempt: { confirmation: 'resumed' },
      effects: [],
    })
    const again = viewOf({}, { confirmation: 'resumed' })
    assert.deepEqual(decide(again, { kind: 'resumed' }), nothing)
  })

  test('without a yes it means nothing', () => {
    for (const confirmation of ['', 'open', 'rejected'] as const) {
      assert.deepEqual(decide(viewOf({}, { confirmation }), { kind: 'resumed' }), nothing)
    }
  })

  test('a stop that came meanwhile stays', () => {
    const view = viewOf({ status: 'stopping', cancel: 'term' }, { confirmation: 'confirmed' })
    assert.deepEqual(decide(view, { kind: 'resumed' }), {
      attempt: { confirmation: 'resumed' },
      effects: [],
    })
  })
})

describe('D11: what a person says', () => {
  const asked = viewOf({ status: 'waiting_confirmation' }, { confirmation: 'open' })

  test('is a row, then a word', () => {
    assert.deepEqual(decideAnswer(asked, 'confirmed'), {
      task: { status: 'confirmed' },
      attempt: { confirmation: 'confirmed' },
      effects: [{ kind: 'confirm' }],
    })
    assert.deepEqual(decideAnswer(asked, 'rejected'), {
      task: { status: 'rejected' },
      attempt: { confirmation: 'rejected' },
      effects: [{ kind: 'reject' }],
    })
  })

  test('may be said while the runner is away, which is told when it is back', () => {
    const away = viewOf({ status: 'unreachable' }, { confirmation: 'open' })
    assert.deepEqual(decideAnswer(away, 'confirmed'), {
      attempt: { confirmation: 'confirmed' },
      effects: [{ kind: 'confirm' }],
    })
    const back = viewOf({ status: 'unreachable' }, { confirmation: 'confirmed' })
    assert.deepEqual(decideReachable(back).task, { status: 'confirmed' })
    assert.deepEqual(answersOf(back.attempt), [{ kind: 'confirm' }])
  })

  test('may be said twice, and not be taken back', () => {
    const confirmed = viewOf({ status: 'confirmed' }, { confirmation: 'confirmed' })
    assert.deepEqual(decideAnswer(confirmed, 'confirmed'), nothing)
    assert.deepEqual(decideAnswer(viewOf({}, { confirmation: 'resumed' }), 'confirmed'), nothing)
    assert.equal(decideAnswer(confirmed, 'rejected'), undefined)
    assert.equal(decideAnswer(viewOf({}, { confirmation: 'resumed' }), 'rejected'), undefined)
    const rejected = viewOf({ status: 'rejected' }, { confirmation: 'rejected' })
    assert.equal(decideAnswer(rejected, 'confirmed'), undefined)
  })

  test('means nothing to what does not wait for it', () => {
    assert.equal(decideAnswer(viewOf({}, {}), 'confirmed'), undefined)
    assert.equal(decideAnswer({ task: taskView(), attempt: undefined }, 'confirmed'), undefined)
    const over = viewOf({ status: 'stopped' }, { confirmation: 'open' })
    assert.equal(decideAnswer(over, 'confirmed'), undefined)
    const stopping = viewOf({ status: 'stopping', cancel: 'term' }, { confirmation: 'open' })
    assert.equal(decideAnswer(stopping, 'confirmed'), undefined)
  })
})

test('D7: a task that waited for a word waits for it again when its runner is back', () => {
  const waits = viewOf({ status: 'waiting_confirmation' }, { confirmation: 'open' })
  assert.deepEqual(decideUnreachable(waits).task, { status: 'unreachable' })
  const away = viewOf({ status: 'unreachable' }, { confirmation: 'open' })
  assert.deepEqual(decideReachable(away).task, { status: 'waiting_confirmation' })
})

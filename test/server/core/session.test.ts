import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Hello, KnownAttempt } from '../../../broker/messages.ts'
import { decideHello, type HelloOutcome } from '../../../server/core/session.ts'
import type { Decision, View } from '../../../server/core/views.ts'
import { attemptView, resultBody, taskView } from './views.ts'

const unknown: View = { task: undefined, attempt: undefined }

/** @param known phase of 7.2 in the hello. */
function hear(
  known: KnownAttempt['phase'] | undefined,
  listed: View[],
  live: View[] = [],
  again = false,
): HelloOutcome {
  const attempts = known === undefined ? [] : [{ task: 7, attempt: 2, phase: known }]
  const hello: Hello = {
    v: 1,
    kind: 'hello',
    nonce: 'n',
    boot: 'b',
    version: '1',
    max_parallel_tasks: 1,
    accepting: true,
    attempts,
  }
  return decideHello({ hello, listed, live, again })
}

function decisions(outcome: HelloOutcome): Decision[] {
  return outcome.decisions.map(({ decision }) => decision)
}

const id = { task: 7, attempt: 2 }
const running = taskView({ status: 'running' })
const started = attemptView({ phase: 'started', nextSeq: 5 })

describe('D6: what the hello lists', () => {
  test('goes on from where the log stands', () => {
    const outcome = hear('started', [{ task: running, attempt: started }])
    assert.deepEqual(outcome.verdicts, [{ ...id, verdict: 'resume', next_seq: 5 }])
    assert.deepEqual(outcome.decisions, [])
  })

  test('is forgotten once its result is stored', () => {
    const attempt = attemptView({ phase: 'ended', nextSeq: 4, result: resultBody() })
    const outcome = hear('ended', [{ task: taskView({ status: 'success' }), attempt }])
    assert.deepEqual(outcome.verdicts, [{ ...id, verdict: 'forget', next_seq: 4 }])
    assert.deepEqual(outcome.decisions, [])
  })

  test('is forgotten if nobody knows it', () => {
    const outcome = hear('started', [unknown])
    assert.deepEqual(outcome.verdicts, [{ ...id, verdict: 'forget', next_seq: 0 }])
    assert.deepEqual(outcome.decisions, [])
  })

  test('is told of the stop that it missed (D8)', () => {
    for (const [cancel, force] of [
      ['term', false],
      ['kill', true],
    ] as const) {
      const task = taskView({ status: 'stopping', cancel })
      const outcome = hear('started', [{ task, attempt: started }])
      assert.deepEqual(decisions(outcome), [{ effects: [{ kind: 'cancel', force }] }])
    }
  })

  test('is killed if the task went on or is over, and its log still kept', () => {
    for (const task of [taskView({ attempt: 3 }), taskView({ status: 'stopped' })]) {
      const outcome = hear('started', [{ task, attempt: started }])
      assert.equal(outcome.verdicts[0]?.verdict, 'resume')
      assert.deepEqual(decisions(outcome), [{ effects: [{ kind: 'cancel', force: true }] }])
    }
  })

  test('is not told to end what has ended', () => {
    const task = taskView({ status: 'stopping', cancel: 'term' })
    assert.deepEqual(hear('ended', [{ task, attempt: started }]).decisions, [])
  })

  test('is neither offered again nor given up', () => {
    const view = { task: taskView(), attempt: attemptView() }
    assert.deepEqual(hear('accepted', [view], [view]).decisions, [])
  })
})

describe('D6: what the hello does not list', () => {
  test('is offered again if it was only offered (D1)', () => {
    const view = { task: taskView(), attempt: attemptView() }
    assert.deepEqual(decisions(hear(undefined, [], [view])), [{ effects: [{ kind: 'offer' }] }])
  })

  test('is lost if it was claimed: the runner had it in its journal', () => {
    for (const phase of ['claimed', 'started'] as const) {
      const view = { task: running, attempt: attemptView({ phase }) }
      const [decision] = decisions(hear(undefined, [], [view]))
      assert.equal(decision?.attempt?.phase, 'lost')
      assert.deepEqual(decision?.ending, {
        status: 'error',
        reason: 'runner 3 lost its record of this attempt',
        result: null,
      })
    }
  })

  test('is not lost if the connection was welcomed before: this is an old copy of its hello', () => {
    for (const phase of ['claimed', 'started'] as const) {
      const view = { task: running, attempt: attemptView({ phase }) }
      assert.deepEqual(hear(undefined, [], [view], true).decisions, [])
    }
  })
})

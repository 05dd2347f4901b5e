import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AttemptPhase, attemptPhases, taskStatuses } from '../../../broker/states.ts'
import { type AttemptEvent, decide } from '../../../server/core/attempt.ts'
import { finish, move } from '../../../server/core/moves.ts'
import type { AttemptView, Decision, TaskView, View } from '../../../server/core/views.ts'
import { attemptView, resultBody, taskView } from './views.ts'

type Row = [
  rule: string,
  task: Partial<TaskView> | undefined,
  attempt: Partial<AttemptView> | undefined,
  event: AttemptEvent,
  expected: Decision,
]

function table(name: string, rows: Row[]): void {
  describe(name, () => {
    for (const [rule, task, attempt, event, expected] of rows) {
      test(rule, () => {
        const view: View = {
          task: task && taskView(task),
          attempt: attempt && attemptView(attempt),
        }
        const before = structuredClone(view)
        assert.deepEqual(decide(view, event), expected)
        assert.deepEqual(view, before, 'the view is left as it was')
      })
    }
  })
}

const nothing: Decision = { effects: [] }
const cancel = (force: boolean): Decision => ({ effects: [{ kind: 'cancel', force }] })
const claim: AttemptEvent = { kind: 'claim', claim: 1, session: 1 }
const granted = (claim: number): Decision => ({
  attempt: { phase: 'claimed', claim },
  effects: [{ kind: 'grant', claim, session: 1 }],
})

table('claim', [
  ['D2, D3: the claim of an offer is granted', {}, {}, claim, granted(1)],
  ['D3: a repeated claim is granted again', {}, { phase: 'claimed', claim: 1 }, claim, granted(1)],
  [
    'D3: a claim anew is granted by its own number',
    {},
    { phase: 'claimed', claim: 1 },
    { kind: 'claim', claim: 2, session: 1 },
    granted(2),
  ],
  ['D3: what is started is never granted again', {}, { phase: 'started' }, claim, nothing],
  ['D3: nor is what has ended', {}, { phase: 'ended' }, claim, nothing],
  [
    'D2: an attempt that was taken back is told to end',
    {},
    { phase: 'withdrawn' },
    claim,
    cancel(true),
  ],
  ['D2: an attempt that was given up is told to end', {}, { phase: 'lost' }, claim, cancel(true)],
  [
    'D2: an older attempt is told to end',
    { attempt: 3 },
    { phase: 'claimed' },
    claim,
    cancel(true),
  ],
  ['D2: a task that is over grants nothing', { status: 'stopped' }, {}, claim, cancel(true)],
  ['D2: an attempt that nobody knows is told to end', {}, undefined, claim, cancel(true)],
  ['D2: an attempt of a task that nobody knows', undefined, undefined, claim, cancel(true)],
  [
    'D8: a claim after the wish to stop is no grant',
    { status: 'stopping', cancel: 'term' },
    { phase: 'claimed' },
    claim,
    cancel(false),
  ],
  ['D8: nor after the wish to kill', { cancel: 'kill' }, { phase: 'claimed' }, claim, cancel(true)],
])

const backInQueue: Decision = {
  task: { status: 'waiting', runner: null },
  attempt: { phase: 'withdrawn' },
  pauseRunner: true,
  effects: [],
}

table('refuse', [
  ['D1: busy: back to the queue', {}, {}, { kind: 'refuse', reason: 'busy' }, backInQueue],
  ['D1: draining: back to the queue', {}, {}, { kind: 'refuse', reason: 'draining' }, backInQueue],
  [
    'D2: stale: this database is an old one, and a person is to decide',
    {},
    {},
    { kind: 'refuse', reason: 'stale', highest: 5 },
    {
      task: {
        status: 'waiting',
        runner: null,
        attempt: 5,
        held: 'runner 3 has seen attempt 5 before: it may have run',
      },
      attempt: { phase: 'withdrawn' },
      found: 'runner 3 has seen attempt 5 of task 7 before',
      effects: [],
    },
  ],
  ...(['claimed', 'started', 'ended', 'withdrawn', 'lost'] as const).map(
    (phase): Row => [
      `D3: a late refusal changes nothing of what is ${phase}`,
      {},
      { phase },
      { kind: 'refuse', reason: 'busy' },
      nothing,
    ],
  ),
  ['D2: nor of an older attempt', { attempt: 3 }, {}, { kind: 'refuse', reason: 'busy' }, nothing],
  [
    'D2: nor of what nobody knows',
    undefined,
    undefined,
    { kind: 'refuse', reason: 'busy' },
    nothing,
  ],
])

const begun: Decision = {
  task: { status: 'running' },
  attempt: { phase: 'started' },
  effects: [],
}
const started: AttemptEvent = { kind: 'started' }

table('started', [
  ['D3: a granted attempt runs', {}, { phase: 'claimed' }, started, begun],
  ['D3: so does one whose claim a restored database has not', {}, {}, started, begun],
  ['said again, it changes nothing', { status: 'running' }, { phase: 'started' }, started, nothing],
  [
    'D8: a task that is to stop does not go back to running',
    { status: 'stopping', cancel: 'term' },
    { phase: 'claimed' },
    started,
    { attempt: { phase: 'started' }, effects: [] },
  ],
  [
    'D2: an older attempt that runs is killed',
    { attempt: 3 },
    { phase: 'claimed' },
    started,
    { attempt: { phase: 'started' }, effects: [{ kind: 'cancel', force: true }] },
  ],
  [
    'D8: so is one whose task is over',
    { status: 'stopped', cancel: 'kill' },
    { phase: 'claimed' },
    started,
    { attempt: { phase: 'started' }, effects: [{ kind: 'cancel', force: true }] },
  ],
  ['D2: and one that nobody knows', undefined, undefined, started, cancel(true)],
])

const chunk = (seq: number): AttemptEvent => ({ kind: 'chunk', seq, bytes: 10 })
const logAck = (nextSeq: number): Decision => ({ effects: [{ kind: 'log-ack', nextSeq }] })
const running = { status: 'running' } as const
const half = { phase: 'started', nextSeq: 2, bytes: 20 } as const

table('chunk', [
  [
    'D4: the next in order is taken and acknowledged',
    running,
    half,
    chunk(2),
    {
      attempt: { nextSeq: 3, bytes: 30 },
      append: true,
      effects: [{ kind: 'log-ack', nextSeq: 3 }],
    },
  ],
  ['D4: a repeated one is not taken again', running, half, chunk(1), logAck(2)],
  ['D4: one after a gap is not taken', running, half, chunk(3), logAck(2)],
  [
    'D4: nothing is added to a log whose result is stored',
    running,
    { ...half, phase: 'ended', result: resultBody() },
    chunk(2),
    logAck(2),
  ],
  [
    'D3: a chunk that overtook `started` is a sign of life',
    {},
    { phase: 'claimed' },
    chunk(0),
    {
      task: { status: 'running' },
      attempt: { phase: 'started', nextSeq: 1, bytes: 10 },
      append: true,
      effects: [{ kind: 'log-ack', nextSeq: 1 }],
    },
  ],
  [
    'D7: the log of a superseded attempt is kept',
    { attempt: 3 },
    { ...half, phase: 'lost' },
    chunk(2),
    {
      attempt: { nextSeq: 3, bytes: 30 },
      append: true,
      effects: [{ kind: 'log-ack', nextSeq: 3 }],
    },
  ],
  ['D2: who writes a log that nobody knows is told to end', {}, undefined, chunk(0), cancel(true)],
])

const whole = { phase: 'started', nextSeq: 4, bytes: 40 } as const
const result = (change = {}, stored = 'aa'): AttemptEvent => ({
  kind: 'result',
  result: resultBody(change),
  stored,
})
const acked = { effects: [{ kind: 'result-ack' }] } satisfies Decision

function ends(
  status: 'success' | 'error' | 'stopped',
  change = {},
  reason: string | null = null,
): Decision {
  const body = resultBody(change)
  return {
    task: { status },
    ending: { status, reason, result: body },
    attempt: { phase: 'ended', result: body },
    ...acked,
  }
}

const resend: Decision = {
  attempt: { nextSeq: 0, bytes: 0, logResets: 1 },
  resetLog: true,
  effects: [{ kind: 'log-ack', nextSeq: 0 }],
}

table('result', [
  ['D5: with the whole log it ends the task', running, whole, result(), ends('success')],
  [
    'D5: a failed tool is an error, with its reason',
    running,
    whole,
    result({ outcome: 'failed', exit_code: 2, reason: 'exit code 2' }),
    ends('error', { outcome: 'failed', exit_code: 2, reason: 'exit code 2' }, 'exit code 2'),
  ],
  [
    'D3: interrupted is an error',
    running,
    whole,
    result({ outcome: 'interrupted' }),
    ends('error', { outcome: 'interrupted' }),
  ],
  [
    'D8: cancelled is stopped',
    { status: 'stopping', cancel: 'term' },
    whole,
    result({ outcome: 'cancelled' }),
    ends('stopped', { outcome: 'cancelled' }),
  ],
  [
    'D8: a stop that came too late does not undo success',
    { status: 'stopping', cancel: 'term' },
    whole,
    result(),
    ends('success'),
  ],
  [
    'D2: cancelled before it started, straight from its claim',
    { status: 'stopping', cancel: 'term' },
    { phase: 'claimed' },
    result({ outcome: 'cancelled', chunks: 0, bytes: 0 }),
    ends('stopped', { outcome: 'cancelled', chunks: 0, bytes: 0 }),
  ],
  [
    'D5: before its last chunk it is not accepted',
    running,
    { ...whole, nextSeq: 3 },
    result(),
    logAck(3),
  ],
  ['D5: another digest: the log is sent once more', running, whole, result({}, 'bb'), resend],
  [
    'D5: another length: the log is sent once more',
    running,
    { ...whole, bytes: 39 },
    result(),
    resend,
  ],
  [
    'D5: and the second time it is marked',
    running,
    { ...whole, logResets: 1 },
    result({}, 'bb'),
    ends('error', {}, "log damaged: it differs from the runner's; "),
  ],
  [
    'D5: what the runner no longer holds cannot be sent again',
    running,
    whole,
    result({ dropped: 1 }, 'bb'),
    ends('error', { dropped: 1 }, "log damaged: it differs from the runner's; "),
  ],
  [
    'D5: nor waited for, if a restored database lacks it',
    running,
    { ...whole, nextSeq: 1, bytes: 10 },
    result({ dropped: 2, reason: 'exit code 0' }),
    ends(
      'error',
      { dropped: 2, reason: 'exit code 0' },
      "log damaged: it differs from the runner's; exit code 0",
    ),
  ],
  [
    'D5: a runner that holds less than we do does not make us throw it away',
    running,
    { ...whole, nextSeq: 5, bytes: 50 },
    result(),
    ends('error', {}, "log damaged: it differs from the runner's; "),
  ],
  [
    'D5: a repeated result is acknowledged, not applied',
    { status: 'success' },
    { ...whole, phase: 'ended', result: resultBody() },
    result({ outcome: 'failed' }),
    acked,
  ],
  ['D5: one that nobody waits for is acknowledged', undefined, undefined, result(), acked],
  [
    'D7: of an older attempt it is kept as evidence',
    { attempt: 3 },
    { ...whole, phase: 'lost' },
    result(),
    { attempt: { phase: 'lost', result: resultBody() }, ...acked },
  ],
  [
    'D2: an offer that was taken back stays taken back',
    { status: 'waiting', runner: null },
    { phase: 'withdrawn' },
    result({ outcome: 'cancelled', chunks: 0, bytes: 0 }),
    {
      attempt: {
        phase: 'withdrawn',
        result: resultBody({ outcome: 'cancelled', chunks: 0, bytes: 0 }),
      },
      ...acked,
    },
  ],
  [
    'D8: after a stop by force it is evidence, too',
    { status: 'stopped', cancel: 'kill' },
    whole,
    result(),
    { attempt: { phase: 'ended', result: resultBody() }, ...acked },
  ],
])

test('every status, phase and event: a decision, and never out of a final status', () => {
  const events: AttemptEvent[] = [
    claim,
    { kind: 'refuse', reason: 'busy' },
    { kind: 'refuse', reason: 'stale' },
    started,
    chunk(4),
    result(),
    result({}, 'bb'),
  ]
  let decided = 0
  for (const status of taskStatuses) {
    for (const phase of attemptPhases) {
      for (const event of events) {
        for (const attempt of [2, 3]) {
          if (!possible(status, phase, attempt)) continue
          const view = {
            task: taskView({ status, attempt }),
            attempt: attemptView({ ...whole, phase }),
          }
          const decision = decide(view, event)
          decided += 1
          if (['success', 'error', 'stopped'].includes(status)) {
            assert.equal(decision.task, undefined, `${status} ${phase} ${event.kind}`)
          }
        }
      }
    }
  }
  assert.ok(decided > 200)
})

/** An offered attempt belongs to a starting task; the two change in one transaction. */
function possible(status: TaskView['status'], phase: AttemptPhase, attempt: number): boolean {
  if (attempt !== 2 || phase === 'withdrawn' || phase === 'lost') return true
  if (phase === 'offered') return status === 'starting'
  if (phase === 'ended') return status !== 'waiting'
  return status !== 'waiting'
}

test('a transition outside the table is a fault of this program', () => {
  assert.throws(
    () => move(taskView({ status: 'success' }), 'running'),
    /task 7: .*success -> running/,
  )
  assert.throws(
    () => finish(taskView({ status: 'stopped' }), 'error', null, null),
    /stopped -> error/,
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptPhases, isFinal, taskStatuses } from '../../../../broker/states.ts'
import { explain } from '../../../../server/core/explain/explain.ts'
import { findingCodes } from '../../../../server/core/explain/finding.ts'
import { span } from '../../../../server/core/explain/words.ts'
import { Random } from '../../../simulator/random.ts'
import { attempt, type FactsChange, facts, min, noon, runner, sec } from './facts.ts'

/** [what is so, the facts, what is said of it] */
type Case = [string, FactsChange, [code: string, text: string][]]

const away = { online: false, touched: noon - min(57) }
const lastHeard = 'last heard at 2026-11-24T11:03:00Z'

const diskTrouble =
  'the server cannot work (its disk is full or fails): until that is over nothing is handed out, and what runners report waits on their disks'

const queue: Case[] = [
  ['no runner at all', {}, [['no-runner', 'there is no runner that serves this project']]],
  [
    'runners of other projects only',
    { runners: [runner(3, { project: 2 })] },
    [['no-runner', 'there is no runner that serves this project']],
  ],
  [
    'no runner with the tag',
    {
      task: { tag: 'gpu' },
      runners: [
        runner(3, { tags: ['cpu', 'GPU'] }),
        runner(4, { name: '' }),
        runner(5, { project: 2, tags: ['gpu'] }),
      ],
    },
    [
      [
        'no-runner',
        "no runner has the tag gpu (runner 3 'edge-3' has cpu, GPU; runner 4 has none)",
      ],
    ],
  ],
  [
    'no runner with the tag among many',
    { task: { tag: 'gpu' }, runners: [1, 2, 3, 4, 5].map((id) => runner(id)) },
    [
      [
        'no-runner',
        "no runner has the tag gpu (runner 1 'edge-1' has none; runner 2 'edge-2' has none; runner 3 'edge-3' has none; and 2 more)",
      ],
    ],
  ],
  [
    'no default runner',
    { runners: [runner(3, { tags: ['gpu'], isDefault: false })] },
    [
      [
        'no-runner',
        "no runner takes tasks without a tag: none is a default runner (runner 3 'edge-3' has gpu)",
      ],
    ],
  ],
  [
    'the only runner is offline',
    { runners: [runner(7, away)] },
    [
      [
        'runner-offline',
        `the only runner that may take it, runner 7 'edge-7', is offline, ${lastHeard}`,
      ],
    ],
  ],
  [
    'a runner that was never there',
    { runners: [runner(7, { online: false, touched: null })] },
    [
      [
        'runner-offline',
        "the only runner that may take it, runner 7 'edge-7', is offline, never heard of",
      ],
    ],
  ],
  [
    'each runner has a reason of its own',
    {
      runners: [
        runner(7, away),
        runner(8, { active: false, ...away, alarms: ['its clock is far off'] }),
        runner(9, { accepting: false, name: '' }),
        runner(10, { accepting: false, pauseReason: 'its disk is full' }),
      ],
    },
    [
      ['runner-pauses', 'runner 9 takes nothing for now'],
      ['runner-pauses', "runner 10 'edge-10' takes nothing for now: its disk is full"],
      ['runner-offline', `runner 7 'edge-7' is offline, ${lastHeard}`],
      ['runner-inactive', "runner 8 'edge-8' is switched off"],
      ['runner-alarm', "something is odd with runner 8 'edge-8': its clock is far off"],
    ],
  ],
  [
    'a whole fleet is away',
    {
      runners: [
        ...[1, 2, 3, 4].map((id) => runner(id, { online: false, touched: null })),
        runner(5, away),
        ...[20, 21, 22, 23].map((id) => runner(id, { accepting: false, pauseReason: 'full' })),
        ...[6, 7, 8, 9].map((id) => runner(id, { active: false })),
      ],
    },
    [
      [
        'runner-pauses',
        "4 of the 13 runners that may take it take nothing for now; runner 20 'edge-20': full",
      ],
      [
        'runner-offline',
        `5 of the 13 runners that may take it are offline, runner 5 'edge-5' was ${lastHeard}`,
      ],
      ['runner-inactive', '4 of the 13 runners that may take it are switched off'],
    ],
  ],
  [
    'busy slots, and a place in the queue',
    {
      runners: [runner(7, { held: 2 }), runner(8, { tags: ['gpu'], isDefault: false })],
      ahead: [
        { project: 1, tag: null, tasks: 2 },
        { project: 5, tag: null, tasks: 1 },
        { project: 1, tag: 'gpu', tasks: 10 },
      ],
    },
    [
      ['runner-full', "the only runner that may take it, runner 7 'edge-7', runs 2 of 2 tasks"],
      ['queue', '3 tasks are ahead of it'],
    ],
  ],
  [
    'one runner busy, one offline',
    {
      runners: [runner(7, { held: 1, limit: 1 }), runner(8, away)],
      ahead: [{ project: 1, tag: null, tasks: 1 }],
    },
    [
      ['runner-full', "runner 7 'edge-7' runs 1 of 1 task"],
      ['queue', '1 task is ahead of it'],
      ['runner-offline', `runner 8 'edge-8' is offline, ${lastHeard}`],
    ],
  ],
  [
    'many busy runners',
    { runners: [1, 2, 3, 4].map((id) => runner(id, { held: 2 })) },
    [['runner-full', 'the 4 runners that could take it have no free slot: 8 of 8 are taken']],
  ],
  [
    'the template runs one task at a time',
    { runners: [runner(7)], template: { parallel: false, active: [41, 42] } },
    [['template-busy', 'template Deploy runs one task at a time: task 41 is not over']],
  ],
  [
    'a template that may run several at a time does',
    { runners: [runner(7)], template: { active: [41, 42] } },
    [['next', "nothing stands in its way: runner 7 'edge-7' has a free slot"]],
  ],
  [
    'limits of project and server',
    { runners: [runner(7)], project: { active: 2, limit: 2 }, server: { active: 9, limit: 8 } },
    [
      ['project-limit', "the project's limit of tasks at once is reached: 2 of 2"],
      ['server-limit', "the server's limit of tasks at once is reached: 9 of 8"],
    ],
  ],
  [
    'a limit is no reason while no runner may take it; it is said after that',
    { project: { active: 2, limit: 2 }, runners: [runner(7, { active: false })] },
    [
      ['runner-inactive', "the only runner that may take it, runner 7 'edge-7', is switched off"],
      ['project-limit', "the project's limit of tasks at once is reached: 2 of 2"],
    ],
  ],
  [
    'nothing stands in its way',
    { runners: [runner(7), runner(8, away)], server: { active: 1, limit: 2 } },
    [['next', "nothing stands in its way: runner 7 'edge-7' has a free slot"]],
  ],
  [
    'without limits there is always a slot',
    { runners: [runner(7, { held: 50, limit: Number.POSITIVE_INFINITY })] },
    [['next', "nothing stands in its way: runner 7 'edge-7' has a free slot"]],
  ],
  [
    'the disk of the server is full',
    { runners: [runner(7)], troubles: ['its disk is full or fails'] },
    [
      ['server-trouble', diskTrouble],
      ['next', "nothing stands in its way: runner 7 'edge-7' has a free slot"],
    ],
  ],
  [
    'an offer came back',
    {
      runners: [runner(9, { accepting: false })],
      attempts: [attempt(1, { phase: 'withdrawn', started: null })],
    },
    [
      [
        'runner-pauses',
        "the only runner that may take it, runner 9 'edge-9', takes nothing for now",
      ],
      ['returned', "attempt 1 came back, runner 9 'edge-9' did not take it"],
    ],
  ],
  [
    'requeued after its runner fell silent',
    {
      task: { requeues: 1 },
      template: { policy: 'requeue', idempotent: true, maxRequeues: 3 },
      runners: [runner(7, { held: 2 })],
      attempts: [attempt(1, { phase: 'lost' })],
    },
    [
      ['runner-full', "the only runner that may take it, runner 7 'edge-7', runs 2 of 2 tasks"],
      [
        'returned',
        'attempt 1 was lost, runner 9 (removed) fell silent: requeued, time 1 of at most 3',
      ],
    ],
  ],
]

const handedOut: Case[] = [
  [
    'offered, not claimed',
    {
      task: { status: 'starting' },
      runners: [runner(9)],
      attempts: [attempt(1, { phase: 'offered', offered: noon - sec(14), started: null })],
    },
    [
      [
        'offered',
        "it was offered to runner 9 'edge-9' at 2026-11-24T11:59:46Z, 14 s ago, and is not claimed yet",
      ],
    ],
  ],
  [
    'claimed, not started',
    {
      task: { status: 'starting' },
      runners: [runner(9)],
      attempts: [attempt(2, { phase: 'claimed', started: null })],
    },
    [
      [
        'claimed',
        "runner 9 'edge-9' has claimed attempt 2 and has not started it yet, last heard 14 s ago",
      ],
    ],
  ],
  [
    'running',
    {
      task: { status: 'running' },
      runners: [runner(9)],
      attempts: [attempt(1, { phase: 'withdrawn' }), attempt(2)],
    },
    [
      [
        'running',
        "attempt 2 runs on runner 9 'edge-9' since 2026-11-24T11:58:01Z, last heard 14 s ago",
      ],
    ],
  ],
  [
    'running, with a deadline and an alarm',
    {
      task: { status: 'running' },
      template: { maxDurationMs: min(60) },
      runners: [runner(9, { alarms: ['two installations use the token of one runner'] })],
      attempts: [attempt(1)],
    },
    [
      [
        'running',
        "attempt 1 runs on runner 9 'edge-9' since 2026-11-24T11:58:01Z, last heard 14 s ago",
      ],
      [
        'deadline',
        'in 58 min 1 s, at 2026-11-24T12:58:01Z, its runner ends it: it may run for 1 h',
      ],
      [
        'runner-alarm',
        "something is odd with runner 9 'edge-9': two installations use the token of one runner",
      ],
    ],
  ],
  [
    'running, 340 lines of its log behind',
    {
      task: { status: 'running' },
      runners: [runner(9)],
      attempts: [attempt(1, { bytes: 2_000, spooled: 50_000, unackedLines: 340 })],
    },
    [
      [
        'running',
        "attempt 1 runs on runner 9 'edge-9' since 2026-11-24T11:58:01Z, last heard 14 s ago",
      ],
      [
        'log-behind',
        "340 lines of its log were not acknowledged when runner 9 'edge-9' was last heard, at 2026-11-24T11:59:46Z; 48 kB are still to come",
      ],
    ],
  ],
  [
    'running, all that was behind has come since',
    {
      task: { status: 'running' },
      runners: [runner(9)],
      attempts: [attempt(1, { bytes: 50_000, spooled: 50_000, unackedLines: 340 })],
    },
    [
      [
        'running',
        "attempt 1 runs on runner 9 'edge-9' since 2026-11-24T11:58:01Z, last heard 14 s ago",
      ],
    ],
  ],
  [
    'running, its log behind, and its runner counts no lines',
    {
      task: { status: 'running' },
      runners: [runner(9)],
      attempts: [attempt(1, { bytes: 2_000, spooled: 50_000 })],
      troubles: ['its disk is full or fails'],
    },
    [
      [
        'running',
        "attempt 1 runs on runner 9 'edge-9' since 2026-11-24T11:58:01Z, last heard 14 s ago",
      ],
      [
        'log-behind',
        "48 kB of its log were not acknowledged when runner 9 'edge-9' was last heard, at 2026-11-24T11:59:46Z",
      ],
      ['server-trouble', diskTrouble],
    ],
  ],
  [
    'its runner went offline, and its time is over',
    {
      task: { status: 'running' },
      template: { maxDurationMs: min(1) },
      runners: [runner(9, away)],
      attempts: [attempt(1)],
    },
    [
      [
        'runner-away',
        `runner 9 'edge-9' is offline, ${lastHeard}; attempt 1 runs on it since 2026-11-24T11:58:01Z, and goes on if only the link is gone: its log waits on its disk`,
      ],
      ['grace', 'if it stays silent, the policy `fail` ends it as error 10 min after its lease'],
      [
        'deadline',
        'its time is over since 2026-11-24T11:59:01Z: its runner has ended it, or does so now',
      ],
    ],
  ],
]

const silent = {
  task: { status: 'unreachable', unreachableSince: noon - sec(350) },
  runners: [runner(9, { ...away, silentMs: sec(350) })],
  attempts: [attempt(1)],
} as const
const saysNothing: [string, string] = [
  'unreachable',
  `runner 9 'edge-9' says nothing, ${lastHeard}: how attempt 1 stands only it knows, and its log waits on its disk`,
]

const silence: Case[] = [
  [
    'silent, and one line of its log was not acknowledged when it was heard last',
    { ...silent, attempts: [attempt(1, { bytes: 100, spooled: 140, unackedLines: 1 })] },
    [
      saysNothing,
      ['grace', 'in 4 min 10 s the policy `fail` ends it as error'],
      [
        'log-behind',
        "1 line of its log was not acknowledged when runner 9 'edge-9' was last heard, at 2026-11-24T11:03:00Z; 40 bytes are still to come",
      ],
    ],
  ],
  [
    'the policy fail',
    silent,
    [saysNothing, ['grace', 'in 4 min 10 s the policy `fail` ends it as error']],
  ],
  [
    'the policy fail, after a restart of the server: lease and grace begin anew',
    {
      ...silent,
      task: { status: 'unreachable', unreachableSince: noon - min(60) },
      runners: [runner(9, { ...away, silentMs: -sec(50) })],
    },
    [saysNothing, ['grace', 'in 10 min 50 s the policy `fail` ends it as error']],
  ],
  [
    'the policy wait',
    { ...silent, template: { policy: 'wait' } },
    [saysNothing, ['grace', 'its template says `wait`: it is waited for without end']],
  ],
  [
    'the policy requeue',
    { ...silent, template: { policy: 'requeue', idempotent: true, maxRequeues: 3 } },
    [
      saysNothing,
      [
        'grace',
        'in 4 min 10 s the policy `requeue` gives it back to the queue, time 1 of at most 3',
      ],
    ],
  ],
  [
    'the policy requeue, used up',
    {
      ...silent,
      task: { ...silent.task, requeues: 2 },
      template: { policy: 'requeue', idempotent: true, maxRequeues: 2 },
    },
    [
      saysNothing,
      ['grace', 'in 4 min 10 s it ends as error: it was requeued 2 of at most 2 times'],
    ],
  ],
  [
    'the policy requeue of a template that is not idempotent, after its grace',
    { ...silent, template: { policy: 'requeue', graceMs: sec(1) } },
    [
      saysNothing,
      [
        'grace',
        'at any moment it ends as error: the policy is `requeue`, but the template is not marked idempotent',
      ],
    ],
  ],
]

const stops: Case[] = [
  [
    'its runner is ending it',
    {
      task: { status: 'stopping', cancel: 'term' },
      runners: [runner(9)],
      attempts: [attempt(1)],
    },
    [['stopping', "runner 9 'edge-9' is told to stop attempt 1 and has not reported its end yet"]],
  ],
  [
    'a stop waits for a runner that is away',
    {
      task: { status: 'stopping', cancel: 'term' },
      runners: [runner(9, away)],
      attempts: [attempt(1)],
    },
    [
      [
        'stop-pending',
        `a stop waits for runner 9 'edge-9', which is offline, ${lastHeard}: it is told as soon as it is back`,
      ],
      ['grace', 'if it stays silent, it ends as stopped 10 min after its lease'],
    ],
  ],
  [
    'ended by force while its runner is away',
    {
      task: { status: 'stopped', cancel: 'kill', end: noon, reason: 'stopped by force' },
      runners: [runner(9, away)],
      attempts: [attempt(1)],
    },
    [
      [
        'ended',
        "it was stopped on runner 9 'edge-9' at 2026-11-24T12:00:00Z, after 1 min 59 s: stopped by force",
      ],
      [
        'stop-pending',
        "it may still run: runner 9 'edge-9' is offline, and is told to kill it as soon as it is back",
      ],
    ],
  ],
  [
    'ended by force on a runner that is there',
    {
      task: { status: 'stopped', cancel: 'kill', end: noon },
      runners: [runner(9)],
      attempts: [attempt(1, { phase: 'claimed', started: null })],
    },
    [
      ['ended', 'it was stopped at 2026-11-24T12:00:00Z'],
      ['stopping', "runner 9 'edge-9' is told to kill what may still run there"],
    ],
  ],
  [
    'its runner is being removed',
    { task: { status: 'running' }, attempts: [attempt(1)] },
    [['running', 'it is running, held by runner 9 that is there no more']],
  ],
]

const people: Case[] = [
  [
    'since the database was put back',
    { task: { status: 'waiting', held: 'it may have run since' } },
    [
      [
        'review',
        'the database was put back from a backup, and nobody has decided yet: it may have run since',
      ],
    ],
  ],
]

const confirmations: Case[] = (
  [
    ['waiting_confirmation', 'it waits for a person to confirm or reject it'],
    ['confirmed', 'it was confirmed, and its runner goes on'],
    ['rejected', 'it was rejected, and its runner ends it'],
  ] as const
).map(([status, text]) => [
  status,
  { task: { status }, runners: [runner(9)], attempts: [attempt(1)] },
  [
    ['confirmation', text],
    [
      'running',
      "attempt 1 runs on runner 9 'edge-9' since 2026-11-24T11:58:01Z, last heard 14 s ago",
    ],
  ],
])

const hook = { receiver: "webhook 2 'ops'", tries: 0, nextTry: noon + min(5), lastStatus: null }
const over: Case[] = [
  [
    'it succeeded',
    {
      task: { status: 'success', end: noon, exitCode: 0 },
      runners: [runner(9)],
      attempts: [attempt(1, { phase: 'ended', outcome: 'succeeded' })],
      deliveries: [{ ...hook, state: 'delivered', tries: 1, lastStatus: 200 }],
    },
    [['ended', "it succeeded on runner 9 'edge-9' at 2026-11-24T12:00:00Z, after 1 min 59 s"]],
  ],
  [
    'it failed, and a webhook is not delivered',
    {
      task: { status: 'error', end: noon, exitCode: 2, reason: 'bash exited with code 2' },
      runners: [runner(9)],
      attempts: [attempt(1, { phase: 'ended', outcome: 'failed' })],
      deliveries: [
        { ...hook, state: 'pending' },
        { ...hook, state: 'pending', tries: 3, lastStatus: 500 },
        { ...hook, state: 'failed', tries: 10, receiver: 'the webhook of runner 9' },
        { ...hook, state: 'failed', tries: 1, lastStatus: 410 },
      ],
    },
    [
      [
        'ended',
        "it failed on runner 9 'edge-9' at 2026-11-24T12:00:00Z, after 1 min 59 s (exit code 2): bash exited with code 2",
      ],
      ['webhook-pending', "webhook 2 'ops' is about to be told"],
      [
        'webhook-pending',
        "webhook 2 'ops' is not told yet: try 3 brought HTTP status 500, the next follows at 2026-11-24T12:05:00Z",
      ],
      ['webhook-failed', 'the webhook of runner 9 was given up after 10 tries: no answer'],
      ['webhook-failed', "webhook 2 'ops' was given up after 1 try: HTTP status 410"],
    ],
  ],
  [
    'stopped before it was handed out',
    { task: { status: 'stopped', end: noon } },
    [['ended', 'it was stopped at 2026-11-24T12:00:00Z']],
  ],
  [
    'given up, and reported after all',
    {
      task: { status: 'error', end: noon, reason: 'runner 9 stopped responding' },
      runners: [runner(9)],
      attempts: [attempt(1, { phase: 'lost', outcome: 'succeeded' })],
    },
    [
      [
        'ended',
        "it failed on runner 9 'edge-9' at 2026-11-24T12:00:00Z, after 1 min 59 s: runner 9 stopped responding",
      ],
      [
        'evidence',
        "attempt 1 on runner 9 'edge-9' was given up and reported after all: succeeded; this changes nothing",
      ],
    ],
  ],
]

const all = [...queue, ...handedOut, ...silence, ...stops, ...people, ...confirmations, ...over]

for (const [name, change, expected] of all) {
  test(name, () => {
    const found = explain(facts(change))
    assert.deepEqual(
      found.map(({ code, text }) => [code, text]),
      expected,
    )
  })
}

test('each code is in this table', () => {
  const seen = new Set(all.flatMap(([, , expected]) => expected.map(([code]) => code)))
  assert.deepEqual([...seen].sort(), Object.keys(findingCodes).sort())
})

test('programs are told since when, until when and of whom', () => {
  const [offline] = explain(facts({ runners: [runner(7, away)] }))
  assert.deepEqual([offline?.since, offline?.runner], [noon - min(57), 7])
  const [unreachable, grace] = explain(facts(silent))
  assert.deepEqual([unreachable?.since, unreachable?.runner], [noon - sec(350), 9])
  assert.deepEqual([grace?.until, grace?.runner], [noon + sec(250), 9])
  const busy = { parallel: false, active: [41] }
  assert.equal(explain(facts({ runners: [runner(7)], template: busy }))[0]?.task, 41)
})

test('whatever is so: a task that is not over has at least one finding, and each says something', () => {
  const random = new Random(3)
  for (let round = 0; round < 5000; round += 1) {
    const status = random.of(taskStatuses)
    const attempts = Array.from({ length: random.int(0, 3) }, (_, index) =>
      attempt(index + 1, {
        runner: random.int(1, 6),
        phase: random.of(attemptPhases),
        started: random.of([null, noon - min(1)]),
        outcome: random.of([null, 'failed']),
      }),
    )
    const runners = Array.from({ length: random.int(0, 6) }, (_, index) =>
      runner(index + 1, {
        name: random.of(['', 'x']),
        project: random.of([null, 1, 2]),
        tags: random.of([[], ['a'], ['a', 'b']]),
        isDefault: random.chance(0.5),
        online: random.chance(0.5),
        active: random.chance(0.7),
        accepting: random.chance(0.7),
        held: random.int(0, 3),
        limit: random.of([1, 2, Number.POSITIVE_INFINITY]),
        touched: random.of([null, noon - min(5)]),
      }),
    )
    const found = explain(
      facts({
        task: {
          status,
          tag: random.of([null, 'a', 'c']),
          cancel: random.of(['', 'term', 'kill']),
          requeues: random.int(0, 2),
          end: isFinal(status) ? noon : null,
          unreachableSince: random.of([null, noon - min(2)]),
        },
        template: {
          parallel: random.chance(0.5),
          active: random.of([[], [41]]),
          policy: random.of(['fail', 'wait', 'requeue']),
          idempotent: random.chance(0.5),
          maxDurationMs: random.of([0, min(5)]),
        },
        attempts,
        runners,
        project: { active: 1, limit: random.int(0, 2) },
        server: { active: 3, limit: random.of([0, 3, 4]) },
        ahead: [{ project: 1, tag: null, tasks: random.int(0, 2) }],
      }),
    )
    const story = JSON.stringify({ round, status, found })
    assert.ok(found.length > 0, story)
    for (const { text } of found)
      assert.doesNotMatch(text, /undefined|null|NaN|Infinity|unknown/, story)
  }
})

test('lengths of time in their two largest units', () => {
  const said = [0, 14, 59.6, 250, 3600, 7500, 90_000, 360_000].map((s) => span(sec(s)))
  assert.deepEqual(said, [
    '0 s',
    '14 s',
    '1 min',
    '4 min 10 s',
    '1 h',
    '2 h 5 min',
    '1 d 1 h',
    '4 d 4 h',
  ])
})

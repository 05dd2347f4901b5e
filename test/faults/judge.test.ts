/** The judge must see what it is there for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CleanupStack } from '../../lib/stack.ts'
import { judgeEnds, judgeSpawns, judgeWebhooks, type Terms } from './judge.ts'
import { Stage, type Wrong } from './scenario.ts'
import { compare } from './work.ts'

const newStage = () => new Stage(1, new CleanupStack(), () => {})
const line = (number: number, attempt = 1) => `line ${number} of task 7 attempt ${attempt}`

const cases: [
  what: string,
  log: string[],
  whole: boolean,
  found: Partial<Record<Wrong, number>>,
][] = [
  ['a whole log', [1, 2, 3, 4].map((n) => line(n)), true, {}],
  ['a gap', [1, 3, 4].map((n) => line(n)), true, { lost: 1 }],
  ['an end that is missing', [1, 2].map((n) => line(n)), true, { lost: 2 }],
  ['an interrupted log', [1, 2].map((n) => line(n)), false, {}],
  ['an interrupted log with a gap', [1, 3].map((n) => line(n)), false, { lost: 1 }],
  ['a line twice', [1, 2, 2, 3, 4].map((n) => line(n)), true, { duplicate: 1 }],
  ['two lines exchanged', [1, 3, 2, 4].map((n) => line(n)), true, { 'out of order': 1 }],
  ['one line too many', [1, 2, 3, 4, 5].map((n) => line(n)), true, { 'digest differs': 1 }],
  ['a torn line', [line(1), 'line 2 of', line(3), line(4)], true, { 'digest differs': 1, lost: 1 }],
  ['a line of another attempt', [line(1), line(2, 2)], false, { 'digest differs': 1 }],
  ['nothing', [], true, { lost: 4 }],
]

for (const [what, log, whole, found] of cases) {
  test(`${what}: ${JSON.stringify(found)}`, () => {
    const stage = newStage()
    const text = ['Running count.sh', ...log, 'Finished', ''].join('\n')
    compare({ task: 7, attempt: 1, log: text, whole }, 4, stage)
    assert.deepEqual(stage.found, found)
  })
}

const over = [
  { id: 7, status: 'success' },
  { id: 8, status: 'error' },
]

test('tasks are interrupted only by the death of a runner, and no more than it had', () => {
  const done = { id: 7, status: 'success' }
  const cut = (id: number) => ({ id, status: 'error', reason: 'Interrupted: ..' })
  const lost = { id: 9, status: 'error', reason: 'runner 1 stopped responding' }
  const cases: [over: object[], terms: Terms['interrupted'], wrong: number][] = [
    [[done], undefined, 0],
    [[done, cut(8)], undefined, 1],
    [[cut(8), cut(9)], { most: 2 }, 0],
    [[cut(8), cut(9)], { most: 1 }, 1],
    [[cut(8), cut(9)], { most: 2, among: new Set([8]) }, 1],
    [[lost], { most: 1 }, 1],
  ]
  for (const [tasks, terms, wrong] of cases) {
    const stage = newStage()
    judgeEnds(tasks, stage, terms)
    assert.equal(stage.found['ended otherwise'] ?? 0, wrong, JSON.stringify([tasks, terms]))
  }
})

test('each start of a script is counted', () => {
  const cases: [spawned: string[], found: Stage['found']][] = [
    [['7.1', '8.1'], {}],
    [['7.1'], {}],
    [['8.1'], { lost: 1 }],
    [['7.1', '7.1'], { 'double spawn': 1 }],
    [['7.1', '8.1', '8.2'], { 'double spawn': 1 }],
  ]
  for (const [spawned, found] of cases) {
    const stage = newStage()
    judgeSpawns(spawned, over, stage)
    assert.deepEqual(stage.found, found, spawned.join(' '))
  }
})

test('each end is told by one id', () => {
  const cases: [ids: [number, string[]][], found: Stage['found']][] = [
    [
      [
        [7, ['a']],
        [8, ['b']],
      ],
      {},
    ],
    [[[7, ['a']]], { webhook: 1 }],
    [
      [
        [7, ['a', 'c']],
        [8, ['b']],
      ],
      { webhook: 1 },
    ],
  ]
  for (const [ids, found] of cases) {
    const stage = newStage()
    judgeWebhooks(new Map(ids.map(([task, names]) => [task, new Set(names)])), over, stage)
    assert.deepEqual(stage.found, found)
  }
})

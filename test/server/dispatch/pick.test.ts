import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AvailableRunner,
  type Limits,
  pick,
  type WaitingTask,
} from '../../../server/dispatch/pick.ts'
import { Random } from '../../simulator/random.ts'

const unlimited: Limits = { server: 0, project: () => 0 }

function task(id: number, change: Partial<WaitingTask> = {}): WaitingTask {
  return { id, project: 1, template: id, tag: null, parallel: true, ...change }
}

function runner(id: number, change: Partial<AvailableRunner> = {}): AvailableRunner {
  const free = Number.POSITIVE_INFINITY
  return { id, project: null, tags: [], isDefault: true, free, ...change }
}

interface Circumstances {
  limits?: Limits
  /** Tasks that hold a slot, as project and template. */
  active?: [project: number, template: number][]
  random?: () => number
}

function picks(
  waiting: WaitingTask[],
  runners: AvailableRunner[],
  { limits = unlimited, active = [], random = () => 0 }: Circumstances = {},
): [task: number, runner: number][] {
  const load = { total: active.length, byProject: counts(active, 0), byTemplate: counts(active, 1) }
  return pick(waiting, runners, load, limits, random).map(({ task, runner }) => [task, runner])
}

/** Said once more, and otherwise. */
function may(one: WaitingTask, { project, tags, isDefault }: AvailableRunner): boolean {
  if (project !== null && project !== one.project) return false
  return one.tag === null ? isDefault : tags.some((tag) => tag === one.tag)
}

function counts(active: [number, number][], at: 0 | 1): Map<number, number> {
  const found = new Map<number, number>()
  for (const one of active) found.set(one[at], (found.get(one[at]) ?? 0) + 1)
  return found
}

test('the oldest goes first, and a full runner gets no more', () => {
  assert.deepEqual(picks([task(1), task(2), task(3)], [runner(9, { free: 2 })]), [
    [1, 9],
    [2, 9],
  ])
})

test('without a runner nothing goes', () => {
  assert.deepEqual(picks([task(1)], []), [])
  assert.deepEqual(picks([task(1)], [runner(9, { free: 0 })]), [])
  assert.deepEqual(picks([task(1)], [runner(9, { free: -1 })]), [])
})

test('a runner of another project is none', () => {
  assert.deepEqual(picks([task(1)], [runner(9, { project: 2 })]), [])
})

test("a project's own runner before a general one, as long as it has room", () => {
  const runners = [runner(8), runner(9, { project: 1, free: 1 })]
  assert.deepEqual(picks([task(1), task(2)], runners), [
    [1, 9],
    [2, 8],
  ])
})

test('a task with a tag goes to a runner that has it, one without to a default runner', () => {
  const gpu = runner(8, { tags: ['gpu', 'big'], isDefault: false })
  const plain = runner(9)
  assert.deepEqual(
    picks([task(1, { tag: 'gpu' }), task(2), task(3, { tag: 'cpu' })], [gpu, plain]),
    [
      [1, 8],
      [2, 9],
    ],
  )
  assert.deepEqual(picks([task(1, { tag: 'GPU' })], [gpu, plain]), [], 'letter by letter')
  assert.deepEqual(picks([task(1)], [gpu]), [])
  assert.deepEqual(picks([task(1)], [{ ...gpu, isDefault: true }]), [[1, 8]])
})

test("the tag comes first, then the project's own runners", () => {
  const own = runner(8, { project: 1 })
  const tagged = runner(9, { tags: ['gpu'], isDefault: false })
  assert.deepEqual(picks([task(1, { tag: 'gpu' })], [own, tagged]), [[1, 9]])
  const both = [{ ...own, tags: ['gpu'], free: 1 }, tagged]
  assert.deepEqual(picks([task(1, { tag: 'gpu' }), task(2, { tag: 'gpu' })], both), [
    [1, 8],
    [2, 9],
  ])
})

/** Of `rounds` passes over `waiting` tasks: how often each runner got the task, as chi-squared. */
function unevenness(waiting: WaitingTask[], runners: AvailableRunner[], rounds: number): number {
  const random = new Random(1)
  const got = new Map(runners.map(({ id }) => [id, 0]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [, id] of picks(waiting, runners, { random: () => random.next() })) {
      got.set(id, (got.get(id) as number) + 1)
    }
  }
  const fair = (rounds * waiting.length) / runners.length
  return [...got.values()].reduce((sum, count) => sum + (count - fair) ** 2 / fair, 0)
}

/** Chi-squared with four degrees of freedom is above this once in a thousand times. */
const suspicious = 18.5
const five = [1, 2, 3, 4, 5]

test('any of those that may, each as likely, whatever its place in the list', () => {
  const runners = five.map((id) => runner(id))
  assert.ok(unevenness([task(1)], runners, 5000) < suspicious)
  assert.ok(unevenness([task(1), task(2), task(3)], runners, 5000) < suspicious)
  const own = five.map((id) => runner(id, { project: 1, tags: ['a'], isDefault: false }))
  assert.ok(unevenness([task(1, { tag: 'a' })], own, 5000) < suspicious)
})

test('a burst that needs every slot fills all of them', () => {
  const runners = five.map((id) => runner(id, { free: 1 }))
  const burst = five.map((id) => task(id))
  assert.equal(unevenness(burst, runners, 100), 0)
})

test('the limit of the server holds, whatever is active already', () => {
  const limits = { ...unlimited, server: 2 }
  const waiting = [task(1), task(2), task(3)]
  assert.equal(picks(waiting, [runner(9)], { limits }).length, 2)
  assert.equal(picks(waiting, [runner(9)], { limits, active: [[5, 5]] }).length, 1)
})

test('a project at its limit does not hold up another', () => {
  const limits = { server: 0, project: (id: number) => (id === 1 ? 1 : 0) }
  const waiting = [task(1), task(2), task(3, { project: 2 })]
  assert.deepEqual(picks(waiting, [runner(9)], { limits, active: [[1, 5]] }), [[3, 9]])
  assert.deepEqual(picks(waiting, [runner(9)], { limits }), [
    [1, 9],
    [3, 9],
  ])
})

test('a template that must not run twice at once does not, and does not hold up another', () => {
  const alone = { template: 4, parallel: false }
  const waiting = [task(1, alone), task(2, alone), task(3)]
  assert.deepEqual(picks(waiting, [runner(9)]), [
    [1, 9],
    [3, 9],
  ])
  assert.deepEqual(picks(waiting, [runner(9)], { active: [[1, 4]] }), [[3, 9]])
})

test('whatever comes: no limit is passed, no runner overfull, no task twice, none left that could go', () => {
  const random = new Random(7)
  for (let round = 0; round < 500; round += 1) {
    const waiting = Array.from({ length: random.int(0, 12) }, (_, index) =>
      task(index + 1, {
        project: random.int(1, 3),
        template: random.int(1, 5),
        tag: random.of([null, 'a', 'b']),
        parallel: random.chance(0.6),
      }),
    )
    const runners = Array.from({ length: random.int(0, 4) }, (_, index) =>
      runner(index + 1, {
        project: random.of([null, 1, 2]),
        tags: random.of([[], ['a'], ['a', 'b']]),
        isDefault: random.chance(0.5),
        free: random.int(-1, 4),
      }),
    )
    const limits = { server: random.int(0, 6), project: (id: number) => (id === 1 ? 2 : 0) }
    const chosen = picks(waiting, runners, { limits, random: () => random.next() })
    const tasks = chosen.map(([id]) => waiting[id - 1] as WaitingTask)

    assert.equal(new Set(chosen.map(([id]) => id)).size, chosen.length)
    if (limits.server > 0) assert.ok(chosen.length <= limits.server)
    assert.ok(tasks.filter(({ project }) => project === 1).length <= 2)
    for (const { id, free } of runners) {
      assert.ok(chosen.filter(([, to]) => to === id).length <= Math.max(0, free))
    }
    for (const one of tasks.filter(({ parallel }) => !parallel)) {
      const before = tasks.slice(0, tasks.indexOf(one))
      assert.ok(!before.some(({ template }) => template === one.template))
    }
    for (const [id, to] of chosen) {
      assert.ok(may(waiting[id - 1] as WaitingTask, runners[to - 1] as AvailableRunner))
    }
    for (const left of waiting.filter((one) => !tasks.includes(one))) {
      const same = (key: 'project' | 'template') =>
        tasks.filter((one) => one[key] === left[key]).length
      const room = runners.some(
        (one) => may(left, one) && chosen.filter(([, to]) => to === one.id).length < one.free,
      )
      const full = limits.server > 0 && chosen.length >= limits.server
      const projectFull = left.project === 1 && same('project') >= 2
      assert.ok(full || projectFull || (!left.parallel && same('template') > 0) || !room)
    }
  }
})

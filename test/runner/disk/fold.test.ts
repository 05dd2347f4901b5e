import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ResultBody } from '../../../broker/messages.ts'
import {
  emptyJournal,
  fold,
  type Journaled,
  tombstoneMs,
  unfold,
} from '../../../runner/disk/fold.ts'

const result = (exit_code: number): ResultBody => ({
  outcome: exit_code === 0 ? 'succeeded' : 'failed',
  exit_code,
  signal: null,
  reason: null,
  commit_hash: null,
  commit_message: null,
  chunks: 0,
  dropped: 0,
  bytes: 0,
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
})

const record: fc.Arbitrary<Journaled> = fc
  .record({
    kind: fc.constantFrom('accept', 'start', 'end', 'forget'),
    task: fc.integer({ min: 1, max: 3 }),
    attempt: fc.integer({ min: 1, max: 3 }),
    at: fc.integer({ min: 1, max: 1000 }),
    code: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ kind, code, ...rest }) =>
    kind === 'end' ? { kind, ...rest, result: result(code) } : ({ kind, ...rest } as Journaled),
  )
const records = fc.array(record, { maxLength: 20 })

test('a task from ACCEPT to its tombstone', () => {
  const of = { task: 7, attempt: 2 }
  const steps: Journaled[] = [
    { kind: 'accept', ...of, at: 1 },
    { kind: 'start', ...of, at: 2 },
    { kind: 'end', ...of, at: 3, result: result(1) },
    { kind: 'forget', ...of, at: 4 },
  ]
  const phases = steps.map((_, index) => fold(steps.slice(0, index + 1)).attempts.get('7.2')?.phase)
  assert.deepEqual(phases, ['accepted', 'started', 'ended', undefined])
  assert.deepEqual(fold(steps.slice(0, 3)).attempts.get('7.2')?.result, result(1))
  assert.deepEqual([...fold(steps).highest], [[7, 2]])
})

test('how far the server had come outlives the tombstones, and never goes back', () => {
  const state = fold([
    { kind: 'reached', session: 4, task: 0, at: 1 },
    { kind: 'forget', task: 9, attempt: 1, at: 2 },
    { kind: 'reached', session: 3, task: 2, at: 3 },
  ])
  assert.deepEqual(state.reached, { session: 4, task: 9 })
  const later = fold(unfold(state, tombstoneMs + 10))
  assert.equal(later.highest.size, 0)
  assert.deepEqual(later.reached, { session: 4, task: 9 })
})

test('what is written again changes nothing', () => {
  fc.assert(
    fc.property(records, fc.infiniteStream(fc.boolean()), (list, again) => {
      const repeated = list.filter(() => again.next().value)
      const { attempts, highest } = fold([...list, ...repeated])
      const once = fold(list)
      assert.deepEqual(attempts, once.attempts)
      assert.deepEqual(highest, once.highest)
    }),
  )
})

test('phases, and the highest attempt, only rise; an attempt forgotten stays so', () => {
  const rank = ['accepted', 'started', 'ended']
  fc.assert(
    fc.property(records, (list) => {
      let before = emptyJournal
      const forgotten = new Set<string>()
      for (const each of list) {
        const after = fold([each], before)
        for (const [key, { phase }] of after.attempts) {
          assert.ok(!forgotten.has(key), `${key} came back`)
          assert.ok(rank.indexOf(phase) >= rank.indexOf(before.attempts.get(key)?.phase ?? ''))
        }
        for (const [task, attempt] of before.highest) {
          assert.ok((after.highest.get(task) ?? 0) >= attempt)
        }
        if (each.kind === 'forget') forgotten.add(`${each.task}.${each.attempt}`)
        before = after
      }
      assert.deepEqual(before, fold(list))
    }),
  )
})

test('unfold writes what folds to the same', () => {
  fc.assert(
    fc.property(records, (list) => {
      const state = fold(list)
      const again = fold(unfold(state, 1000))
      assert.deepEqual(again.attempts, state.attempts)
      assert.deepEqual(again.highest, state.highest)
    }),
  )
})

test('a tombstone lasts 30 days from its last record, a live attempt for ever', () => {
  const state = fold([
    { kind: 'accept', task: 1, attempt: 1, at: 0 },
    { kind: 'accept', task: 2, attempt: 5, at: 0 },
    { kind: 'forget', task: 2, attempt: 5, at: 10 },
  ])
  assert.deepEqual([...fold(unfold(state, tombstoneMs + 9)).highest.keys()].sort(), [1, 2])
  assert.deepEqual([...fold(unfold(state, tombstoneMs + 10)).highest.keys()], [1])
})

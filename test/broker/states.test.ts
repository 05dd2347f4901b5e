import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isFinal,
  mayBecome,
  type TaskStatus,
  taskStatuses,
  transitions,
} from '../../broker/states.ts'

test('the final statuses are final', () => {
  assert.deepEqual(taskStatuses.filter(isFinal), ['stopped', 'success', 'error'])
  for (const from of ['stopped', 'success', 'error'] as const) {
    for (const to of taskStatuses) assert.equal(mayBecome(from, to), false, `${from} -> ${to}`)
  }
})

test('nothing becomes what it is', () => {
  for (const status of taskStatuses) assert.equal(mayBecome(status, status), false, status)
})

test('every transition leads to a status, and every status can be reached and left for good', () => {
  const reached = reachable('waiting')
  assert.deepEqual([...reached].sort(), [...taskStatuses].sort())
  for (const from of taskStatuses) {
    assert.ok([...reachable(from)].some(isFinal), `${from} can end`)
  }
})

test('what may never happen', () => {
  const never: [TaskStatus, TaskStatus][] = [
    // Something may have run: only the requeue policy, by way of unreachable, may run it again.
    ['running', 'waiting'],
    ['stopping', 'waiting'],
    // A stop is not taken back.
    ['stopping', 'running'],
    ['stopping', 'starting'],
    // No result without a runner.
    ['waiting', 'running'],
    ['waiting', 'success'],
    ['waiting', 'unreachable'],
    // A plan that was turned down is not carried out.
    ['rejected', 'running'],
    ['rejected', 'confirmed'],
    // A plan goes ahead only by somebody's word.
    ['waiting_confirmation', 'running'],
  ]
  for (const [from, to] of never) assert.equal(mayBecome(from, to), false, `${from} -> ${to}`)
})

test('the way of a task that goes well, of one that is stopped and of one that is lost', () => {
  const ways: TaskStatus[][] = [
    ['waiting', 'starting', 'running', 'success'],
    ['waiting', 'starting', 'waiting', 'starting', 'running', 'error'],
    ['waiting', 'starting', 'running', 'stopping', 'stopped'],
    ['waiting', 'starting', 'running', 'stopping', 'success'],
    ['waiting', 'stopped'],
    ['waiting', 'starting', 'running', 'unreachable', 'running', 'success'],
    ['waiting', 'starting', 'running', 'unreachable', 'waiting'],
    ['waiting', 'starting', 'running', 'waiting_confirmation', 'confirmed', 'running', 'success'],
    ['waiting', 'starting', 'running', 'waiting_confirmation', 'rejected', 'stopped'],
  ]
  for (const way of ways) {
    for (const [n, to] of way.entries()) {
      const from = way[n - 1]
      if (from !== undefined) assert.equal(mayBecome(from, to), true, `${from} -> ${to}`)
    }
  }
})

function reachable(from: TaskStatus, seen = new Set<TaskStatus>([from])): Set<TaskStatus> {
  for (const to of transitions[from]) {
    if (seen.has(to)) continue
    seen.add(to)
    reachable(to, seen)
  }
  return seen
}

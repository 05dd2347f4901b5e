/** That a process which stands still and goes on does what a real one does then. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Life, Timeline } from '../kit/timeline.ts'

test('what is held goes on in its order, timers before messages', () => {
  const timeline = new Timeline()
  const life = new Life()
  const done: string[] = []
  const plan = (ms: number, what: string, of?: Life, isMessage = false) =>
    timeline.after(ms, () => done.push(`${timeline.now} ${what}`), of, isMessage)
  plan(20, 'message', life, true)
  plan(40, 'late timer', life)
  plan(30, 'early timer', life)
  plan(50, 'somebody else')
  plan(150, 'timer after it', life)
  life.heldUntil = 100
  timeline.unheld(life, () => done.push(`${timeline.now} asked`))
  while (timeline.next()) assert.ok(timeline.now < 1_000)
  assert.deepEqual(done, [
    '50 somebody else',
    '100 asked',
    '100 early timer',
    '100 late timer',
    '101 message',
    '150 timer after it',
  ])
  timeline.unheld(life, () => done.push(`${timeline.now} asked`))
  assert.equal(done.at(-1), '150 asked')
})

test('who dies while it is held does not go on', () => {
  const timeline = new Timeline()
  const life = new Life()
  timeline.after(10, () => assert.fail('it went on'), life)
  life.heldUntil = 100
  timeline.next()
  life.alive = false
  while (timeline.next()) assert.ok(timeline.now <= 100)
})

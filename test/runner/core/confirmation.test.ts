import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id, Machine, result } from './machine.ts'

const asked = { kind: 'asked', ...id } as const
const confirm = { kind: 'confirm', ...id } as const
const reject = { kind: 'reject', ...id } as const
const say = (kind: 'waiting' | 'resumed', session = 5) =>
  ({ kind: 'state', ...id, message: { v: 1, kind, session } }) as const
const answer = (confirmed: boolean) => ({ kind: 'answer', ...id, confirmed }) as const

function asking(): Machine {
  const machine = Machine.holding('started')
  assert.deepEqual(machine.take(asked), [say('waiting')])
  return machine
}

test('D11: a yes reaches the job once, and is answered each time it comes', () => {
  const machine = asking()
  assert.deepEqual(machine.take(confirm), [answer(true), say('resumed')])
  assert.deepEqual(machine.take(confirm), [say('resumed')])
  assert.deepEqual(machine.take(reject), [], 'what was said first holds')
})

test('D11: a no reaches the job once; its result is the answer', () => {
  const machine = asking()
  assert.deepEqual(machine.take(reject), [answer(false)])
  assert.deepEqual(machine.take(reject), [])
  assert.deepEqual(machine.take(confirm), [])
})

test('D11: an answer to what was not asked means nothing', () => {
  for (const phase of ['accepted', 'started', 'ended'] as const) {
    assert.deepEqual(Machine.holding(phase).take(confirm), [])
  }
  assert.deepEqual(Machine.welcomed().take(reject), [])
})

test('D11: it is asked again with each heartbeat, until there is an answer', () => {
  const machine = asking()
  const message = { v: 1, kind: 'heartbeat', session: 5, accepting: true }
  const beat = { kind: 'hello', message }
  const first = { kind: 'hello', message: { ...message, round_trip_ms: 0 } }
  assert.deepEqual(machine.take({ kind: 'tick' }, 20_000), [first, say('waiting')])
  machine.take(confirm)
  assert.deepEqual(machine.take({ kind: 'tick' }, 20_000), [beat])
})

test('D11: and after each welcome; without a link it waits', () => {
  const machine = Machine.holding('started')
  machine.take({ kind: 'disconnected' })
  assert.deepEqual(machine.take(asked), [])
  machine.take({ kind: 'connected', nonce: 'm' })
  const verdicts = [{ ...id, verdict: 'resume', next_seq: 0 }] as const
  const welcome = { kind: 'welcome', nonce: 'm', session: 6, heartbeatMs: 20_000 } as const
  const effects = machine.take({ ...welcome, verdicts, review: [] })
  assert.ok(effects.some((effect) => 'message' in effect && effect.message.kind === 'waiting'))
})

test('D11: what has ended asks no more', () => {
  const machine = asking()
  machine.take({ kind: 'ended', ...id, result })
  assert.deepEqual(machine.take(confirm), [])
  assert.equal(machine.take({ kind: 'tick' }, 20_000).length, 1)
})

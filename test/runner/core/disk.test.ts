/** A journal that cannot be written, and a disk that has room for nothing new. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { id, job, journal, Machine, result } from './machine.ts'

const full = { kind: 'journal', trouble: 'no space left' } as const
const mended = { kind: 'journal', trouble: null } as const

/** The last heartbeat or hello among effects, as far as it tells of new tasks. */
function told(effects: ReturnType<Machine['take']>) {
  const said = effects.flatMap((one) => (one.kind === 'hello' ? [one.message] : [])).at(-1)
  return said && [said.kind, said.accepting, said.reason]
}

const kinds = (effects: ReturnType<Machine['take']>) =>
  effects.map((one) => (one.kind === 'state' ? one.message.kind : one.kind))

describe('a journal that cannot be written', () => {
  test('is told at once, with each heartbeat and each hello, and so is its end', () => {
    const machine = Machine.welcomed()
    assert.deepEqual(told(machine.take(full)), ['heartbeat', false, 'no space left'])
    assert.deepEqual(told(machine.take({ kind: 'tick' }, 20_000)), [
      'heartbeat',
      false,
      'no space left',
    ])
    assert.deepEqual(told(machine.take({ kind: 'connected', nonce: 'm' })), [
      'hello',
      false,
      'no space left',
    ])
    const welcome = { kind: 'welcome', nonce: 'm', session: 6, heartbeatMs: 20_000 } as const
    machine.take({ ...welcome, verdicts: [] })
    assert.deepEqual(told(machine.take(mended)), ['heartbeat', true, undefined])
  })

  test('nothing new is taken, and what was accepted is not started', () => {
    const machine = Machine.holding('accepted')
    machine.take(full)
    const other = machine.take({ kind: 'offer', task: 8, attempt: 1 })
    assert.deepEqual(
      other.map((one) => one.kind === 'state' && one.message),
      [{ v: 1, session: 5, kind: 'refuse', reason: 'busy' }],
    )
    assert.deepEqual(machine.take({ kind: 'grant', ...id, claim: 1, job }), [])
    assert.deepEqual(machine.take({ kind: 'offer', ...id }, 10_000), [], 'no grant is asked for')
    assert.equal(kinds(machine.take({ kind: 'tick' }, 60_000)).includes('claim'), false)
    assert.equal(machine.phase, 'accepted')

    const after = machine.take(mended)
    assert.deepEqual(kinds(after), ['claim', 'hello'])
    assert.deepEqual(kinds(machine.take({ kind: 'grant', ...id, claim: 2, job })), [
      'journal',
      'spawn',
      'started',
    ])
  })

  test('what runs may be killed, and its end is written when that is possible', () => {
    const machine = Machine.holding('started')
    machine.take(full)
    assert.deepEqual(machine.take({ kind: 'cancel', ...id, force: true }), [
      { kind: 'kill', ...id, force: true },
    ])
    assert.deepEqual(machine.take({ kind: 'ended', ...id, result }), [])
    const hello = machine.take({ kind: 'connected', nonce: 'm' })[0]
    assert.deepEqual(
      hello?.kind === 'hello' && hello.message.kind === 'hello' && hello.message.attempts,
      [{ ...id, phase: 'started' }],
      'a hello tells what is on disk',
    )
    assert.deepEqual(machine.take(mended), [journal.end, { kind: 'finish', ...id, result }])
    assert.deepEqual(machine.take(mended), [])
  })

  test('what is cancelled before it started ends then', () => {
    const machine = Machine.holding('accepted')
    machine.take(full)
    assert.deepEqual(machine.take({ kind: 'cancel', ...id, force: false }), [])
    assert.deepEqual(kinds(machine.take(mended)), ['journal', 'finish', 'hello'])
    assert.equal(machine.phase, 'ended')
  })

  test('what the server has is forgotten then', () => {
    const machine = Machine.holding('ended')
    machine.take(full)
    assert.deepEqual(machine.take({ kind: 'result-ack', ...id }), [])
    assert.equal(machine.phase, 'ended')
    assert.deepEqual(kinds(machine.take(mended)), ['journal', 'discard', 'hello'])
    assert.equal(machine.phase, undefined)
  })

  for (const phase of ['accepted', 'started', 'ended'] as const) {
    test(`what nobody wants is forgotten then: ${phase}`, () => {
      const machine = Machine.holding(phase)
      machine.take(full)
      machine.take({ kind: 'connected', nonce: 'm' })
      const forget = { ...id, verdict: 'forget', next_seq: 0 } as const
      const welcome = { kind: 'welcome', nonce: 'm', session: 6, heartbeatMs: 20_000 } as const
      const effects = machine.take({ ...welcome, verdicts: [forget] })
      assert.deepEqual(kinds(effects), phase === 'started' ? ['note', 'kill'] : ['note'])
      if (phase === 'started') assert.deepEqual(machine.take({ kind: 'ended', ...id, result }), [])
      assert.deepEqual(kinds(machine.take(mended)), ['journal', 'discard', 'hello'])
      assert.equal(machine.phase, undefined)
    })
  }

  test('what still runs when it is mended, and nobody wants, is forgotten when it ends', () => {
    const machine = Machine.holding('started')
    machine.take(full)
    machine.take({ kind: 'connected', nonce: 'm' })
    const forget = { ...id, verdict: 'forget', next_seq: 0 } as const
    const welcome = { kind: 'welcome', nonce: 'm', session: 6, heartbeatMs: 20_000 } as const
    machine.take({ ...welcome, verdicts: [forget] })
    assert.deepEqual(kinds(machine.take(mended)), ['hello'])
    assert.deepEqual(kinds(machine.take({ kind: 'ended', ...id, result })), ['journal', 'discard'])
  })
})

describe('a disk without room', () => {
  test('nothing new is taken; what was accepted is started, and all records are written', () => {
    const machine = Machine.holding('accepted')
    const short = { kind: 'room', shortage: 'too little is free' } as const
    assert.deepEqual(told(machine.take(short)), ['heartbeat', false, 'too little is free'])
    assert.deepEqual(kinds(machine.take({ kind: 'offer', task: 8, attempt: 1 })), ['refuse'])
    assert.deepEqual(kinds(machine.take({ kind: 'grant', ...id, claim: 1, job })), [
      'journal',
      'spawn',
      'started',
    ])
    assert.deepEqual(kinds(machine.take({ kind: 'ended', ...id, result })), ['journal', 'finish'])
    assert.deepEqual(told(machine.take({ kind: 'room', shortage: null })), [
      'heartbeat',
      true,
      undefined,
    ])
    assert.deepEqual(kinds(machine.take({ kind: 'offer', task: 8, attempt: 2 })), [
      'journal',
      'claim',
    ])
  })

  test('a runner that is to end stays so', () => {
    const machine = Machine.welcomed()
    machine.take({ kind: 'drain' })
    machine.take({ kind: 'room', shortage: 'too little is free' })
    assert.deepEqual(told(machine.take({ kind: 'room', shortage: null })), [
      'heartbeat',
      false,
      undefined,
    ])
    const [refusal] = machine.take({ kind: 'offer', ...id })
    assert.equal(
      refusal?.kind === 'state' && refusal.message.kind === 'refuse' && refusal.message.reason,
      'draining',
    )
  })
})

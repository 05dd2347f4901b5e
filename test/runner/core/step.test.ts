import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  grantWithinAtMostMs,
  grantWithinMs,
  lateAtMost,
  repeatMs,
} from '../../../runner/core/late.ts'
import type { RunnerEffect, RunnerEvent } from '../../../runner/core/state.ts'
import { neverArrived, neverStarted } from '../../../runner/core/words.ts'
import {
  claim,
  id,
  job,
  journal,
  Machine,
  refuse,
  refuseStale,
  result,
  sayStarted,
} from './machine.ts'

const offer = { kind: 'offer', ...id } as const
const grant = { kind: 'grant', ...id, claim: 1, job } as const
const tick = { kind: 'tick' } as const
const kill = (force: boolean) => ({ kind: 'kill', ...id, force }) as const
const cancel = (force = false) => ({ kind: 'cancel', ...id, force }) as const
const welcome = (session: number, verdict?: 'resume' | 'forget', next_seq = 0): RunnerEvent => ({
  kind: 'welcome',
  nonce: 'n',
  session,
  heartbeatMs: 20_000,
  verdicts: verdict ? [{ ...id, verdict, next_seq }] : [],
  review: [],
})

const noted = (session: number, task: number) =>
  ({ kind: 'note', record: { kind: 'reached', session, task } }) as const

describe('a grant that is not believed', () => {
  const distrusted = {
    kind: 'distrusted',
    ...id,
    reason: 'grant: not signed by its server',
  } as const

  test('ends what has asked for it, with the reason, and nothing is spawned', () => {
    const effects = Machine.holding('accepted').take(distrusted)
    assert.deepEqual(
      effects.map(({ kind }) => kind),
      ['journal', 'finish'],
    )
    const [, finish] = effects
    assert.ok(finish?.kind === 'finish')
    const { outcome, reason } = finish.result
    assert.equal(outcome, 'failed')
    assert.equal(reason, 'its runner refused the job: grant: not signed by its server')
  })

  test('means nothing to what runs, has ended, or was never offered', () => {
    assert.deepEqual(Machine.holding('started').take(distrusted), [])
    assert.deepEqual(Machine.holding('ended').take(distrusted), [])
    assert.deepEqual(Machine.welcomed().take(distrusted), [])
  })
})

describe('offer', () => {
  test('D2: ACCEPT is journaled before the claim', () => {
    assert.deepEqual(Machine.welcomed().take(offer), [journal.accept, claim(1)])
  })

  test('D1: a repeated offer is answered from the journal, not taken twice', () => {
    assert.deepEqual(Machine.holding('accepted').take(offer), [])
    assert.deepEqual(Machine.holding('started').take(offer), [sayStarted])
    assert.deepEqual(Machine.holding('ended').take(offer), [])
  })

  test('D1: offered again after a while, the claim was not heard: it is said again, as it was', () => {
    const machine = Machine.holding('accepted')
    assert.deepEqual(machine.take(offer, repeatMs), [claim(1)])
    assert.deepEqual(machine.take(grant).at(1)?.kind, 'spawn', 'the grant on its way stays good')
  })

  test('D2: a number that was seen before is never taken again', () => {
    const machine = Machine.holding('ended')
    machine.take({ kind: 'result-ack', ...id })
    assert.deepEqual(machine.take(offer), [refuseStale(1)])
  })

  test('D2: nor a lower one; a higher one is', () => {
    const machine = Machine.welcomed()
    machine.take({ kind: 'offer', task: 7, attempt: 3 })
    const lower = { task: 7, attempt: 2 }
    assert.deepEqual(machine.take({ kind: 'offer', ...lower }), [refuseStale(3, lower)])
    assert.equal(machine.take({ kind: 'offer', task: 7, attempt: 4 }).length, 2)
  })

  test('a runner at its limit is busy; a task that has ended counts no more', () => {
    const machine = Machine.welcomed({ maxParallelTasks: 1 })
    machine.take(offer)
    const other = { task: 8, attempt: 1 }
    assert.deepEqual(machine.take({ kind: 'offer', ...other }), [refuse('busy', other)])
    machine.take(grant)
    machine.take({ kind: 'ended', ...id, result })
    assert.equal(machine.take({ kind: 'offer', task: 9, attempt: 1 }).length, 2)
  })

  test('what was refused is not taken when it is offered again: the server takes it back', () => {
    const machine = Machine.welcomed({ maxParallelTasks: 1 })
    machine.take(offer)
    const other = { task: 8, attempt: 1 }
    machine.take({ kind: 'offer', ...other })
    machine.take(cancel())
    assert.deepEqual(machine.take({ kind: 'offer', ...other }), [refuse('busy', other)])
    const next = { task: 8, attempt: 2 }
    assert.equal(
      machine.take({ kind: 'offer', ...next })[0]?.kind,
      'journal',
      'the next attempt is',
    )
    machine.take({ kind: 'disconnected' })
    machine.take({ kind: 'connected', nonce: 'm' })
    assert.equal(machine.state.refused.size, 0, 'a refusal of an older session was not heard')
  })

  test('one that drains takes nothing new', () => {
    const machine = Machine.welcomed()
    machine.take({ kind: 'drain' })
    assert.deepEqual(machine.take(offer), [refuse('draining')])
  })

  test('one_off takes one', () => {
    const machine = Machine.welcomed({ oneOff: true })
    assert.equal(machine.take(offer).length, 2)
    const other = { task: 8, attempt: 1 }
    assert.deepEqual(machine.take({ kind: 'offer', ...other }), [refuse('draining', other)])
  })

  test('D6: before the welcome it may be meant for a clone; what is ours comes again after it', () => {
    const machine = new Machine()
    machine.take({ kind: 'connected', nonce: 'n' })
    assert.deepEqual(machine.take(offer), [])
    machine.take(welcome(5))
    assert.deepEqual(machine.take(offer), [journal.accept, claim(1)])
  })
})

describe('grant', () => {
  test('D3: START is journaled before the spawn', () => {
    const effects = Machine.holding('accepted').take(grant)
    assert.deepEqual(effects, [journal.start, { kind: 'spawn', ...id, job }, sayStarted])
  })

  test('D3: an attempt is spawned once, however often it is granted', () => {
    for (const phase of ['started', 'ended'] as const) {
      assert.deepEqual(Machine.holding(phase).take(grant), [])
    }
  })

  test('D3: a grant that came too late is from before a silence: claimed again', () => {
    const machine = Machine.holding('accepted')
    assert.deepEqual(machine.take(grant, grantWithinMs + 1), [claim(2)])
    assert.deepEqual(machine.take(grant), [], 'the answer to the first claim starts nothing now')
    assert.equal(machine.take({ ...grant, claim: 2 }).length, 3)
  })

  test('D3: on a link that takes minutes for it, the next one may take twice as long', () => {
    const machine = Machine.holding('accepted')
    const isClaim = ({ kind }: RunnerEffect) => kind === 'state'
    const took: number[] = []
    for (let number = 2, ms = grantWithinMs; number < 9; number += 1, ms *= 2) {
      ms = Math.min(ms, grantWithinAtMostMs)
      assert.deepEqual(machine.take(tick, ms).filter(isClaim), [])
      assert.deepEqual(machine.take(tick, 1).filter(isClaim), [claim(number)])
      took.push(ms / 1000)
    }
    assert.deepEqual(took, [30, 60, 120, 240, 480, 480, 480])
    assert.equal(machine.take({ ...grant, claim: 8 }, grantWithinAtMostMs).length, 3)
  })

  test('D3: a job that the link does not carry is asked for three times with all patience, then ends', () => {
    const machine = Machine.holding('accepted')
    let number = 1
    for (let ms = grantWithinMs; ms < grantWithinAtMostMs; ms *= 2) {
      machine.take({ ...grant, claim: number++ }, ms + 1)
    }
    // Each comes a little after the next one was asked for.
    for (let late = 1; late < lateAtMost; late += 1) {
      machine.take(tick, grantWithinAtMostMs + 1)
      assert.deepEqual(machine.take({ ...grant, claim: number++ }), [])
    }
    const effects = machine.take({ ...grant, claim: number }, grantWithinAtMostMs + 1)
    assert.deepEqual(effects, [
      { kind: 'journal', record: { kind: 'end', ...id, result: neverArrived } },
      { kind: 'finish', ...id, result: neverArrived },
    ])
    assert.match(String(neverArrived.reason), /within 8 minutes, 3 times: it is too large/)
    assert.deepEqual(machine.take({ ...grant, claim: number }), [])
  })

  test('D3: one that came just in time starts', () => {
    assert.equal(Machine.holding('accepted').take(grant, grantWithinMs).length, 3)
  })

  test('D3: on a link slower than the repetition of offers a task still starts', () => {
    const machine = Machine.holding('accepted')
    for (let second = 1; second < 25; second += 1) {
      const claims = machine.take(tick, 1000).filter(({ kind }) => kind === 'state')
      assert.deepEqual(claims, [], 'no claim that would outdate the first')
    }
    assert.equal(machine.take(grant, 0).length, 3)
  })

  test('D2: without ACCEPT it starts nothing', () => {
    assert.deepEqual(Machine.welcomed().take(grant), [])
  })
})

describe('cancel', () => {
  test('D8: what was not started ends here, and never starts', () => {
    const machine = Machine.holding('accepted')
    const record = { kind: 'end', ...id, result: neverStarted } as const
    assert.deepEqual(machine.take(cancel()), [
      { kind: 'journal', record },
      { kind: 'finish', ...id, result: neverStarted },
    ])
    assert.deepEqual(machine.take(grant), [])
  })

  test('D8: what runs is killed, by TERM or at once', () => {
    const machine = Machine.holding('started')
    assert.deepEqual(machine.take(cancel()), [kill(false)])
    assert.deepEqual(machine.take(cancel(true)), [kill(true)])
    assert.equal(machine.phase, 'started', 'it ends when the process has')
  })

  test('D8: what has ended stays as it ended', () => {
    assert.deepEqual(Machine.holding('ended').take(cancel()), [])
  })

  test('what is not here cannot be cancelled', () => {
    assert.deepEqual(Machine.welcomed().take(cancel()), [])
  })
})

describe('end', () => {
  test('D5: END is journaled before the result is sent', () => {
    assert.deepEqual(Machine.holding('started').take({ kind: 'ended', ...id, result }), [
      journal.end,
      { kind: 'finish', ...id, result },
    ])
  })

  test('D5: it ends once', () => {
    assert.deepEqual(Machine.holding('ended').take({ kind: 'ended', ...id, result }), [])
  })

  test('D5: only the ack of its result lets it be forgotten, and its number stays', () => {
    const machine = Machine.holding('ended')
    assert.deepEqual(machine.take({ kind: 'result-ack', ...id }), [
      journal.forget,
      { kind: 'discard', ...id },
    ])
    assert.equal(machine.state.highest.get(7), 1)
    assert.deepEqual(machine.take({ kind: 'result-ack', ...id }), [], 'repeated')
  })
})

describe('hello', () => {
  test('D6: said on each connect, with all that the journal holds', () => {
    const machine = Machine.holding('started')
    machine.take({ kind: 'disconnected' })
    const [effect] = machine.take({ kind: 'connected', nonce: 'm' })
    assert.deepEqual(effect, {
      kind: 'hello',
      message: {
        v: 1,
        kind: 'hello',
        nonce: 'm',
        boot: 'b',
        version: '1',
        max_parallel_tasks: 0,
        accepting: true,
        attempts: [{ ...id, phase: 'started' }],
        reached: { session: 5, task: 7 },
      },
    })
  })

  test('D6: said again until it is answered, and whenever the server asks who we are', () => {
    const machine = new Machine()
    machine.take({ kind: 'connected', nonce: 'n' })
    assert.deepEqual(machine.take(tick, repeatMs - 1), [])
    assert.equal(machine.take(tick, 1)[0]?.kind, 'hello')
    machine.take(welcome(5))
    assert.deepEqual(machine.take(tick, repeatMs), [])
    assert.equal(machine.take({ kind: 'identify' })[0]?.kind, 'hello')
    assert.equal(machine.state.session, null, 'nothing is said until the next welcome')
  })

  test('D6: while there is no connection nothing is said at all', () => {
    const machine = Machine.holding('accepted')
    machine.take({ kind: 'disconnected' })
    for (const event of [tick, offer, { kind: 'identify' }, { kind: 'drain' }] as const) {
      assert.deepEqual(machine.take(event, 60_000), [])
    }
  })
})

describe('decline', () => {
  const decline = { kind: 'decline', nonce: 'n', retryMs: 60_000, reason: 'pump-1 has it' } as const

  test('another installation has the runner: away from the broker, with all that is held', () => {
    const machine = Machine.holding('started')
    machine.take({ kind: 'disconnected' })
    machine.take({ kind: 'connected', nonce: 'n' })
    const { kind, ...retreat } = decline
    assert.deepEqual(machine.take(decline), [
      { kind: 'retreat', retryMs: retreat.retryMs, reason: retreat.reason },
    ])
    assert.deepEqual(machine.take(tick, repeatMs), [], 'no hello until the next connection')
    assert.equal(machine.take({ kind: 'connected', nonce: 'm' })[0]?.kind, 'hello')
    assert.equal(machine.state.attempts.size, 1)
  })

  test('one for the hello of the other is not ours, nor is one that comes after the welcome', () => {
    const machine = new Machine()
    machine.take({ kind: 'connected', nonce: 'n' })
    assert.deepEqual(machine.take({ ...decline, nonce: 'other' }), [])
    machine.take(welcome(5))
    assert.deepEqual(machine.take(decline), [])
    assert.equal(machine.state.session, 5)
  })
})

describe('welcome', () => {
  test('D6: one that answers another connection is not ours', () => {
    const machine = Machine.holding('accepted')
    assert.deepEqual(machine.take({ ...welcome(9), nonce: 'other' } as RunnerEvent), [])
    assert.equal(machine.state.session, 5)
  })

  test('D6: a second one of the same session changes nothing: it answers a repeated hello', () => {
    const machine = Machine.holding('accepted')
    assert.deepEqual(machine.take(welcome(5, 'resume')), [])
    assert.equal(machine.take(grant).length, 3)
  })

  test('D6: what is unsettled is said anew, from where the server stands', () => {
    const upload = { kind: 'upload', ...id, nextSeq: 2 } as const
    const after = (phase: 'accepted' | 'started' | 'ended') => {
      const machine = Machine.holding(phase)
      machine.take({ kind: 'identify' })
      return machine.take(welcome(5, 'resume', 2))
    }
    assert.deepEqual(after('accepted'), [claim(2)])
    assert.deepEqual(after('started'), [sayStarted, upload])
    assert.deepEqual(after('ended'), [upload])
  })

  test('D6: what the server wants no more is dropped; what runs is killed first', () => {
    const after = (phase: 'accepted' | 'started' | 'ended') => {
      const machine = Machine.holding(phase)
      machine.take({ kind: 'identify' })
      return { machine, effects: machine.take(welcome(5, 'forget')) }
    }
    const dropped = [journal.forget, { kind: 'discard', ...id }]
    assert.deepEqual(after('accepted').effects, dropped)
    assert.deepEqual(after('ended').effects, dropped)
    const { machine, effects } = after('started')
    assert.deepEqual(effects, [kill(true)])
    assert.deepEqual(machine.take({ kind: 'ended', ...id, result }), dropped, 'no result is sent')
  })
})

describe('review', () => {
  const inReview = { ...welcome(5), review: [id] } as RunnerEvent
  const after = (phase: 'accepted' | 'started' | 'ended') => {
    const machine = Machine.holding(phase)
    machine.take({ kind: 'identify' })
    return { machine, effects: machine.take(inReview) }
  }

  test('what waits for a person is kept, and nothing is said of it', () => {
    for (const phase of ['accepted', 'started', 'ended'] as const) {
      const { machine, effects } = after(phase)
      assert.deepEqual(effects, [{ kind: 'withhold', ...id }])
      assert.deepEqual(machine.take(offer, repeatMs), [])
      const claims = machine.take(tick, 19_999).filter(({ kind }) => kind === 'state')
      assert.deepEqual(claims, [])
      assert.equal(machine.phase, phase)
    }
  })

  test('what runs goes on and its end is journaled', () => {
    const { machine } = after('started')
    const finish = { kind: 'finish', ...id, result }
    assert.deepEqual(machine.take({ kind: 'ended', ...id, result }), [journal.end, finish])
  })

  test('once decided it is as any other', () => {
    const { machine } = after('ended')
    machine.take({ kind: 'identify' })
    assert.deepEqual(machine.take(welcome(6, 'resume')).slice(1), [
      { kind: 'upload', ...id, nextSeq: 0 },
    ])
  })

  test('what never began takes no room', () => {
    const machine = Machine.welcomed({ maxParallelTasks: 1 })
    machine.take(offer)
    machine.take({ kind: 'identify' })
    machine.take(inReview)
    assert.equal(machine.take({ kind: 'offer', task: 8, attempt: 1 })[0]?.kind, 'journal')
  })
})

describe('how far the server has come', () => {
  test('is noted at each new session and told at each hello', () => {
    const machine = Machine.welcomed()
    machine.take({ kind: 'offer', task: 12, attempt: 1 })
    machine.take({ kind: 'connected', nonce: 'n' })
    assert.deepEqual(machine.take(welcome(9, 'resume'))[0], noted(9, 12))
    const [hello] = machine.take({ kind: 'identify' })
    assert.ok(hello?.kind === 'hello' && hello.message.kind === 'hello')
    assert.deepEqual(hello.message.reached, { session: 9, task: 12 })
  })

  test('never goes back', () => {
    const machine = Machine.welcomed()
    machine.take({ kind: 'connected', nonce: 'n' })
    machine.take(welcome(3))
    assert.deepEqual(machine.state.reached, { session: 5, task: 0 })
  })
})

describe('time', () => {
  test('D7: the server hears something at least once per heartbeat', () => {
    const machine = Machine.welcomed()
    assert.deepEqual(machine.take(tick, 19_999), [])
    const beat = { v: 1, kind: 'heartbeat', session: 5, accepting: true, round_trip_ms: 0 } as const
    assert.deepEqual(machine.take(tick, 1), [{ kind: 'hello', message: beat }])
    assert.deepEqual(machine.take(tick, 1000), [])
  })

  test('D7: the rhythm is the one of the last welcome', () => {
    const machine = Machine.welcomed()
    const beats = (ms: number) => machine.take(tick, ms).length
    const welcome = { kind: 'welcome', nonce: 'n', verdicts: [] } as const
    machine.take({ ...welcome, session: 6, heartbeatMs: 700 })
    assert.deepEqual([beats(699), beats(1), beats(699), beats(1)], [0, 1, 0, 1])
    machine.take({ ...welcome, session: 7, heartbeatMs: 90_000 })
    assert.deepEqual([beats(20_000), beats(69_999), beats(1)], [0, 0, 1])
  })

  test('the first one after a welcome says how long that took, unless the hello was repeated', () => {
    const roundTrip = (effects: RunnerEffect[]) =>
      effects.map((effect) => effect.kind === 'hello' && 'round_trip_ms' in effect.message)
    const machine = new Machine()
    const welcomed = { kind: 'welcome', heartbeatMs: 700, verdicts: [] } as const
    machine.take({ kind: 'connected', nonce: 'n' })
    machine.take({ ...welcomed, nonce: 'n', session: 5 }, 83.6)
    const [beat] = machine.take(tick, 700)
    assert.ok(beat?.kind === 'hello' && beat.message.kind === 'heartbeat')
    assert.equal(beat.message.round_trip_ms, 84)
    assert.deepEqual(roundTrip(machine.take(tick, 700)), [false])

    machine.take({ kind: 'connected', nonce: 'm' })
    machine.take(tick, repeatMs)
    machine.take({ ...welcomed, nonce: 'm', session: 6 }, 1)
    assert.deepEqual(roundTrip(machine.take(tick, 700)), [false])
  })

  test('a runner that drains says so at once', () => {
    const message = {
      v: 1,
      kind: 'heartbeat',
      session: 5,
      accepting: false,
      round_trip_ms: 0,
    } as const
    assert.deepEqual(Machine.welcomed().take({ kind: 'drain' }), [{ kind: 'hello', message }])
  })

  test('D3: a claim whose grant can come no more in time is made anew', () => {
    const machine = Machine.holding('accepted')
    const claims = machine.take(tick, grantWithinMs + 1).filter(({ kind }) => kind === 'state')
    assert.deepEqual(claims, [claim(2)])
  })
})

/** The agent over a journal that fails: what has no record has not happened. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { AppError } from '../../lib/errors.ts'
import { Agent } from '../../runner/agent.ts'
import type { JournalRecord, RunnerEffect } from '../../runner/core/state.ts'
import { restoreState } from '../../runner/restore.ts'
import { EventLog, StandingClock } from '../server/feed/webhooks/outbox-world.ts'
import { id, job, result } from './core/machine.ts'

const nothing = { attempts: new Map(), highest: new Map(), reached: { session: 0, task: 0 } }

class Bench {
  readonly clock = new StandingClock()
  readonly log = new EventLog()
  /** What is on disk, and what was done. */
  readonly records: string[] = []
  readonly done: RunnerEffect[] = []
  readonly agent: Agent
  failure: AppError | undefined
  /** Although it fails. */
  mends = false
  tries = 0

  constructor(t: TestContext) {
    const ending = new AbortController()
    t.after(() => ending.abort())
    const write = async (records: JournalRecord[]) => {
      if (this.failure !== undefined) throw this.failure
      this.records.push(...records.map(({ kind }) => kind))
    }
    this.agent = new Agent(restoreState(nothing as never, false), {
      facts: { boot: 'b', version: '1', maxParallelTasks: 0, oneOff: false } as never,
      journal: {
        append: write,
        mend: async () => {
          this.tries += 1
          if (!this.mends) await write([])
        },
      },
      carryOut: (effect) => this.done.push(effect),
      onState() {},
      clock: this.clock,
      random: () => 0.999,
      log: this.log,
      signal: ending.signal,
    })
  }

  fail(what = 'cannot write journal: no space left'): void {
    this.failure = new AppError('unavailable', what)
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
  }

  /** Lets time pass, as the runner does. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.clock.advance(1000)
      this.agent.post({ kind: 'tick' })
      await this.settle()
    }
  }

  /** What was done since the last call. */
  did(): string[] {
    return this.done.splice(0).map((one) => {
      if (one.kind === 'state') return one.message.kind
      if (one.kind !== 'hello') return one.kind
      return `${one.message.kind} ${one.message.accepting ? 'accepting' : one.message.reason}`
    })
  }

  async welcome(nonce: string, session: number, resumed = false): Promise<void> {
    this.agent.post({ kind: 'connected', nonce })
    const verdicts = resumed ? [{ ...id, verdict: 'resume', next_seq: 3 } as const] : []
    this.agent.post({ kind: 'welcome', nonce, session, heartbeatMs: 20_000, verdicts })
    await this.settle()
  }
}

test('an offer that the journal does not take is refused, and nothing of it is remembered', async (t) => {
  const bench = new Bench(t)
  await bench.welcome('n', 1)
  bench.did()
  bench.fail()
  bench.agent.post({ kind: 'offer', ...id })
  await bench.settle()
  assert.deepEqual(bench.did(), ['heartbeat cannot write journal: no space left', 'refuse'])
  assert.equal(bench.agent.state.attempts.size, 0)
  assert.equal(bench.agent.state.highest.size, 0)

  bench.failure = undefined
  await bench.pass(5)
  assert.deepEqual(bench.did(), ['heartbeat accepting'])
  bench.agent.post({ kind: 'offer', task: 7, attempt: 2 })
  await bench.settle()
  assert.deepEqual([bench.did(), bench.records], [['claim'], ['reached', 'accept']])
})

test('a full disk for ten minutes, and a link that drops meanwhile', async (t) => {
  const bench = new Bench(t)
  await bench.welcome('n', 1)
  bench.agent.post({ kind: 'offer', ...id })
  bench.agent.post({ kind: 'grant', ...id, claim: 1, job })
  await bench.settle()
  bench.did()
  bench.fail('cannot write journal: EIO')
  bench.agent.post({ kind: 'ended', ...id, result })
  await bench.pass(300)
  const beats = bench.did()
  assert.deepEqual(new Set(beats), new Set(['heartbeat cannot write journal: EIO']))
  assert.ok(beats.length >= 15, `${beats.length} heartbeats`)

  bench.agent.post({ kind: 'disconnected' })
  await bench.welcome('m', 2, true)
  assert.deepEqual(bench.did(), ['hello cannot write journal: EIO', 'started', 'upload'])
  await bench.pass(300)
  bench.did()
  assert.deepEqual(bench.records, ['reached', 'accept', 'start'])

  bench.failure = undefined
  await bench.pass(5)
  assert.deepEqual(bench.did(), ['finish', 'heartbeat accepting'])
  assert.deepEqual(bench.records.slice(3), ['end'])
  const said = bench.log.events.filter(({ event }) => event.startsWith('journal cannot'))
  assert.ok(said.length >= 9 && said.length <= 11, `once a minute: ${said.length}`)
  assert.equal(
    bench.log.events.filter(({ event }) => event === 'journal is written again').length,
    1,
  )
  assert.ok(bench.tries > 100, 'every five seconds at least')
})

test('a disk that takes the proof and then nothing is complained about once a minute', async (t) => {
  const bench = new Bench(t)
  await bench.welcome('n', 1)
  bench.agent.post({ kind: 'offer', ...id })
  bench.agent.post({ kind: 'grant', ...id, claim: 1, job })
  await bench.settle()
  bench.fail()
  bench.mends = true
  bench.agent.post({ kind: 'ended', ...id, result })
  await bench.pass(30)
  assert.equal(bench.agent.state.attempts.get('7.1')?.phase, 'started')
  const said = bench.log.events.filter(({ event }) => event.startsWith('journal cannot'))
  assert.equal(said.length, 1)
  assert.ok(bench.tries <= 60, `${bench.tries} tries in half a minute`)
})

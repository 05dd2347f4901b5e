/**
 * A runner whose disk, processes and link are simulated, and whose every decision is the real code's:
 * Agent, step, Uplink, upload, inbox, the journal's fold, the restoring of an earlier life.
 */
import type { Job } from '../../broker/job.ts'
import type { Outcome, ResultBody } from '../../broker/messages.ts'
import { Pace } from '../../broker/pace.ts'
import { AppError } from '../../lib/errors.ts'
import { silentLog } from '../../lib/log.ts'
import { Agent } from '../../runner/agent.ts'
import { carryOut } from '../../runner/carry-out.ts'
import { type JournalRecord, keyOf, type RunnerFacts } from '../../runner/core/state.ts'
import { fold, type Journaled } from '../../runner/disk/fold.ts'
import type { OpenJournal } from '../../runner/disk/journal.ts'
import type { Jobs } from '../../runner/jobs.ts'
import { connectionHandlers } from '../../runner/link/listen.ts'
import { Uplink } from '../../runner/link/uplink.ts'
import type { Logs } from '../../runner/logs.ts'
import { untilOver } from '../../runner/over.ts'
import { restoreState } from '../../runner/restore.ts'
import { Life, type Timeline } from '../kit/timeline.ts'
import type { Random } from '../simulator/random.ts'
import { ModelSpool } from './model-spool.ts'
import type { Truth } from './truth.ts'
import { topics, type Wire } from './wire.ts'

export interface RunnerParts {
  timeline: Timeline
  random: Random
  wire: Wire
  truth: Truth
  /** Probability to die before an effect of the machine is carried out. */
  crashes(): number
  /** Broken on purpose: the journal says "on disk" before it is. */
  hastyJournal?: boolean
}

interface Id {
  task: number
  attempt: number
}

interface Running extends Id {
  spool: ModelSpool
  life: Life
}

export class ModelRunner {
  readonly id: number
  readonly #parts: RunnerParts
  readonly #facts: RunnerFacts
  // The disk: what was fsynced, and which disk it is.
  #journal: Journaled[] = []
  /** What a full disk may have taken of appends that failed: it is there only if the process dies now. */
  #maybe: Journaled[] = []
  #full = false
  #disk = new Life()
  #spools = new Map<string, ModelSpool>()
  // The process, while there is one.
  #life: Life | undefined
  #agent: Agent | undefined
  #running = new Map<string, Running>()
  #drain = new AbortController()
  #lives = 0
  /** It will never start again. */
  burnt = false

  constructor(
    id: number,
    limits: Pick<RunnerFacts, 'maxParallelTasks' | 'oneOff'>,
    parts: RunnerParts,
  ) {
    this.id = id
    this.#parts = parts
    this.#facts = { boot: '', version: 'model', ...limits }
  }

  get up(): boolean {
    return this.#life !== undefined
  }

  /** Nothing is left of any attempt. */
  get settled(): boolean {
    return this.#agent !== undefined && this.#agent.state.attempts.size === 0
  }

  start(): void {
    if (this.#life !== undefined || this.burnt) return
    const { timeline, random, wire, truth } = this.#parts
    const life = new Life()
    const log = silentLog
    const clock = timeline.clock(life)
    const parts = { clock, random: () => random.next(), log }
    this.#life = life
    this.#running = new Map()
    this.#drain = new AbortController()
    const { publish } = wire.busOf(this.id, life)
    const uplink = new Uplink({ runner: this.id, topics, publish, ...parts })
    const jobs = this.#jobs(life, uplink)
    const logs = {
      discard: (task: number, attempt: number) => this.#discard({ task, attempt }, uplink),
    }
    const hands = {
      runner: this.id,
      topics,
      publish,
      retreat() {},
      damage: { reports: [] },
      clearing: { cleared: undefined },
      clock,
      jobs,
      logs: logs as unknown as Logs,
      uplink,
    }
    const opened = fold(this.#journal)
    truth.note(() => `runner ${this.id} starts with ${[...opened.attempts.keys()]}`)
    const agent = new Agent(restoreState(opened as unknown as OpenJournal, this.#facts.oneOff), {
      facts: { ...this.#facts, boot: `b${this.id}.${++this.#lives}` },
      journal: {
        append: (records) => this.#append(records, life),
        mend: () => this.#append([], life),
      },
      carryOut: (effect) => {
        if (random.chance(this.#parts.crashes())) this.crash()
        if (life.alive) carryOut(effect, hands)
      },
      onState: ({ session }) => uplink.setSession(session),
      signal: new AbortController().signal,
      ...parts,
    })
    this.#agent = agent
    this.#restore(opened, uplink)
    wire.connect(
      this.id,
      life,
      connectionHandlers({
        topics,
        post: (event) => agent.post(event),
        pace: new Pace({ random: () => 0 }),
        onRecorded() {},
        onClearCache() {},
        trust: undefined,
        onTrust() {},
        onLogAck: (task, attempt, nextSeq) => uplink.acked(task, attempt, nextSeq),
        ...parts,
      }),
    )
    const cancel = new AbortController().signal
    void untilOver({
      runner: this.id,
      agent,
      jobs,
      uplink,
      drain: this.#drain.signal,
      cancel,
      onStatus() {},
      ...parts,
    }).then(() => {
      if (life.alive) this.#end({ goodbye: true })
    })
  }

  /** SIGTERM. */
  drain(): void {
    this.#drain.abort()
  }

  /** SIGKILL: what is not on disk is gone. */
  crash(): void {
    if (this.#life !== undefined) this.#end({ goodbye: false })
  }

  /** The process dies and its disk is lost. */
  wipe(): void {
    for (const id of fold(this.#journal).attempts.values()) this.#parts.truth.mayBeLost(id)
    this.crash()
    this.#disk.alive = false
    this.#disk = new Life()
    this.#journal = []
    this.#maybe = []
    this.#spools.clear()
  }

  /** Its disk takes nothing more, for so long. */
  fillDisk(ms: number): void {
    const { timeline, truth } = this.#parts
    this.#full = true
    timeline.after(ms, () => {
      this.#full = false
    })
    truth.note(() => `the disk of runner ${this.id} is full`)
  }

  burn(): void {
    this.burnt = true
    this.crash()
  }

  #end({ goodbye }: { goodbye: boolean }): void {
    const { wire, truth, random, timeline } = this.#parts
    truth.note(() => `runner ${this.id} ${goodbye ? 'is over' : 'dies'}`)
    if (this.#life !== undefined) this.#life.alive = false
    this.#journal.push(...this.#maybe.splice(0))
    for (const { life } of this.#running.values()) life.alive = false
    for (const spool of this.#spools.values()) spool.crash()
    this.#life = undefined
    this.#agent = undefined
    wire.gone(this.id, { goodbye })
    timeline.after(random.int(500, 20_000), () => this.start())
  }

  /** Some of a torn append may be on disk, never a later record without the earlier ones. */
  #append(records: JournalRecord[], life: Life): Promise<void> {
    const { timeline, random, truth, hastyJournal } = this.#parts
    const at = Math.floor(timeline.now)
    return new Promise((resolve, reject) => {
      const lasts = hastyJournal ? random.int(1, 2000) : random.int(1, 30)
      if (hastyJournal) timeline.after(0, resolve, life)
      timeline.after(
        lasts,
        () => {
          const whole = life.alive
          const some = whole && !this.#full ? records.length : random.int(0, records.length)
          const kept = records.slice(0, some).map((record) => ({ ...record, at }))
          if (whole && this.#full) {
            this.#maybe = kept
            truth.count('refused by a full disk')
            return reject(new AppError('unavailable', 'no space left'))
          }
          if (whole || !this.up) this.#journal.push(...kept)
          if (!whole) return
          this.#maybe = []
          resolve()
        },
        this.#disk,
      )
    })
  }

  #restore(opened: ReturnType<typeof fold>, uplink: Uplink): void {
    for (const { task, attempt, phase, result } of opened.attempts.values()) {
      if (phase === 'accepted') continue
      const spool = this.#openSpool({ task, attempt }, uplink)
      if (result !== undefined) uplink.finish(task, attempt, result)
      else void this.#over({ task, attempt }, spool, 'interrupted')
    }
  }

  #openSpool(id: Id, uplink: Uplink): ModelSpool {
    const { timeline, random, truth } = this.#parts
    const spool =
      this.#spools.get(keyOf(id)) ??
      new ModelSpool({ timeline, random, onSynced: (records) => truth.synced(id, records) })
    this.#spools.set(keyOf(id), spool)
    spool.open(() => uplink.grown(id.task, id.attempt))
    uplink.attach(id.task, id.attempt, spool)
    return spool
  }

  #discard({ task, attempt }: Id, uplink: Uplink): void {
    uplink.detach(task, attempt)
    this.#spools.delete(keyOf({ task, attempt }))
  }

  // ---- processes ----

  #jobs(life: Life, uplink: Uplink): Jobs {
    const running = this.#running
    const jobs = {
      get size() {
        return running.size
      },
      start: (task: number, attempt: number, _job: Job) =>
        this.#spawn({ task, attempt }, life, uplink),
      kill: (task: number, attempt: number, force: boolean) => {
        const job = running.get(keyOf({ task, attempt }))
        if (job !== undefined) this.#kill(job, force)
      },
      killAll() {},
      answer: (task: number, attempt: number, confirmed: boolean) => {
        const job = running.get(keyOf({ task, attempt }))
        if (job?.life.alive) this.#answer(job, confirmed)
      },
    }
    return jobs as unknown as Jobs
  }

  #spawn(id: Id, life: Life, uplink: Uplink): void {
    const { timeline, random, truth } = this.#parts
    truth.spawned(id)
    const job: Running = { ...id, spool: this.#openSpool(id, uplink), life: new Life() }
    this.#running.set(keyOf(id), job)
    let at = 0
    const lines = random.int(0, 5)
    for (let line = 0; line < lines; line += 1) {
      at += random.int(0, 6_000)
      timeline.after(
        at,
        () => life.alive && job.spool.write(`${keyOf(id)} line ${line}\n`),
        job.life,
      )
    }
    const asks = random.chance(0.2)
    const next = () => (asks ? this.#ask(job) : this.#goOn(job))
    timeline.after(at + random.int(0, 3_000), next, job.life)
  }

  /** It goes on only by a person's word. */
  #ask({ task, attempt }: Running): void {
    this.#parts.truth.asked({ task, attempt })
    this.#agent?.post({ kind: 'asked', task, attempt })
  }

  #answer(job: Running, confirmed: boolean): void {
    const { timeline, truth } = this.#parts
    truth.answered(job, confirmed)
    const next = () => (confirmed ? this.#goOn(job) : void this.#finish(job, 'failed'))
    timeline.after(10, next, job.life)
  }

  #goOn(job: Running): void {
    void this.#finish(job, this.#parts.random.chance(0.7) ? 'succeeded' : 'failed')
  }

  #kill(job: Running, force: boolean): void {
    const { timeline, random } = this.#parts
    const grace = force ? 0 : random.int(0, 10_000)
    timeline.after(grace, () => void this.#finish(job, 'cancelled'), job.life)
  }

  async #finish(job: Running, outcome: Outcome): Promise<void> {
    job.life.alive = false
    await this.#over(job, job.spool, outcome)
    this.#running.delete(keyOf(job))
  }

  async #over({ task, attempt }: Id, spool: ModelSpool, outcome: Outcome): Promise<void> {
    const agent = this.#agent
    if (outcome === 'interrupted') spool.write('interrupted\n')
    const log = await spool.flush()
    this.#parts.truth.over({ task, attempt }, outcome)
    agent?.post({ kind: 'ended', task, attempt, result: resultOf(log, outcome) })
  }
}

function resultOf(
  log: { records: number; bytes: number; sha256: string },
  outcome: Outcome,
): ResultBody {
  return {
    outcome,
    exit_code: null,
    signal: null,
    reason: null,
    commit_hash: null,
    commit_message: null,
    chunks: log.records,
    dropped: 0,
    bytes: log.bytes,
    sha256: log.sha256,
  }
}

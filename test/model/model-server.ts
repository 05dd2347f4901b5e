/**
 * A server whose database and broker are simulated, and whose every decision is the real code's: the
 * machine, pick, leases, codec and speaker. What is not committed when it dies is lost; what was to be
 * said after a commit may be lost, too.
 */
import { createPostbox, type Postbox } from '../../broker/postbox.ts'
import { plainVoice } from '../../broker/seal/voice.ts'
import { isFinal } from '../../broker/states.ts'
import { silentLog } from '../../lib/log.ts'
import type { decide } from '../../server/core/attempt.ts'
import { answersOf, decideAnswer } from '../../server/core/confirmation.ts'
import type { View } from '../../server/core/views.ts'
import { decideLost, decideStop } from '../../server/core/wish.ts'
import { pick } from '../../server/dispatch/pick.ts'
import type { Claimed } from '../../server/ingest/grant.ts'
import { type Incoming, parseIncoming } from '../../server/ingest/incoming.ts'
import { Leases } from '../../server/ingest/leases.ts'
import { createSpeaker } from '../../server/ingest/speak.ts'
import { jobOf } from '../kit/job.ts'
import { Life, type Timeline } from '../kit/timeline.ts'
import type { Random } from '../simulator/random.ts'
import { giveUp, markOffline, markSilent, takeIn } from './model-intake.ts'
import type { ModelStore } from './model-store.ts'
import type { Truth } from './truth.ts'
import { topics, type Wire } from './wire.ts'

export interface ServerParts {
  timeline: Timeline
  random: Random
  wire: Wire
  truth: Truth
  store: ModelStore
  decide: typeof decide
  /** The broker lives and dies with the server. */
  embedded: boolean
  /** A runner that says nothing for so long is silent, ms. */
  leaseMs: number
  /** Probability to die right after a commit, before anything of it is said. */
  crashes(): number
  /** Broken on purpose: says what it decided before it is on disk. */
  hasty?: boolean
}

/** A transaction, and what is to be done once it is on disk. */
interface Work {
  apply(): void
  after(): void
}

/** Beyond the lease; short, so that many runs come to the end of it. */
const graceMs = 10_000

export class ModelServer {
  readonly #parts: ServerParts
  #life: Life | undefined
  #postbox: Postbox | undefined
  #leases: Leases | undefined
  #works: Work[] = []
  #committing = false
  #incoming: Incoming[] = []
  #taking = false
  #passing = false
  #asked = new Map<number, number>()

  constructor(parts: ServerParts) {
    this.#parts = parts
  }

  get up(): boolean {
    return this.#life !== undefined
  }

  start(): void {
    if (this.#life !== undefined) return
    const { timeline, wire, store, truth, leaseMs } = this.#parts
    truth.note(() => 'server starts')
    const life = new Life()
    this.#life = life
    this.#works = []
    this.#incoming = []
    this.#committing = this.#taking = this.#passing = false
    this.#asked = new Map()
    this.#leases = new Leases(timeline.clock(life), { leaseMs, returnMs: 0 })
    store.heartbeatMs = Math.floor(leaseMs / 3)
    this.#postbox = createPostbox(wire.serverBus, topics, silentLog, plainVoice)
    wire.brokerUp = true
    for (const runner of store.runners.keys()) {
      markOffline(store, runner)
      // Who went while no server was there is waited for as long as all others.
      if (store.live(runner).length > 0) this.#leases.heard(runner)
    }
    this.#link()
    this.#every(10_000, () => this.#resend())
    this.#every(10_000, () => this.#checkLeases())
    this.#every(4_000, () => this.#decide())
    this.#wake()
  }

  /** SIGKILL. It starts again after a while. */
  crash(): void {
    if (this.#life === undefined) return
    const { timeline, random, wire, truth, embedded } = this.#parts
    truth.note(() => 'server dies')
    this.#life.alive = false
    this.#life = undefined
    wire.cutServer()
    if (embedded) {
      wire.brokerUp = false
      wire.cutAll()
    }
    timeline.after(random.int(200, 15_000), () => this.start())
  }

  /** Its link to the broker is lost, and comes back. */
  cut(): void {
    const { timeline, random, wire } = this.#parts
    if (this.#life === undefined) return
    wire.cutServer()
    timeline.after(random.int(10, 10_000), () => this.#link(), this.#life)
  }

  addTask(id: number): void {
    this.#commit(() => this.#parts.store.insertTask(id))
  }

  stopTask(id: number, force: boolean): void {
    const { store, truth } = this.#parts
    const cancels: Parameters<Postbox['tasks']>[] = []
    const apply = () => {
      const task = store.tasks.get(id)
      if (task === undefined) return
      const view = { ...store.view({ task: id, attempt: task.attempt }), task }
      truth.note(() => `stop ${id}${force ? ' by force' : ''}`)
      const { phase } = view.attempt ?? {}
      if (!isFinal(task.status) && phase !== 'claimed' && phase !== 'started') {
        truth.stoppedInTime(id)
      }
      const decision = decideStop(view, force)
      store.save(view, decision)
      for (const effect of decision.effects) {
        if (effect.kind !== 'cancel' || view.attempt === undefined) continue
        const { attempt, runner } = view.attempt
        cancels.push([runner, { v: 1, kind: 'cancel', task: id, attempt, force: effect.force }])
      }
    }
    this.#commit(apply, () => {
      for (const cancel of cancels) this.#postbox?.tasks(...cancel)
    })
  }

  deleteTask(id: number): void {
    const { store } = this.#parts
    this.#commit(() => {
      const task = store.tasks.get(id)
      if (task !== undefined && isFinal(task.status)) store.deleteTask(id)
    })
  }

  removeRunner(id: number): void {
    const { store, wire } = this.#parts
    const apply = () => {
      for (const view of store.live(id)) this.#lose(view, `runner ${id} was removed`)
      store.runners.delete(id)
    }
    this.#commit(apply, () => wire.revoke(id))
  }

  // ---- ingest ----

  #link(): void {
    this.#parts.wire.connectServer((topic, payload) => {
      this.#incoming.push(parseIncoming({ topics, voice: plainVoice }, topic, payload, 0))
      this.#take()
    })
  }

  #take(): void {
    if (this.#taking || this.#incoming.length === 0) return
    this.#taking = true
    const { store, decide, hasty, timeline } = this.#parts
    const batch = this.#incoming.splice(0)
    let taken: ReturnType<typeof takeIn> | undefined
    const speak = createSpeaker({
      postbox: this.#postbox as Postbox,
      granter: { grant: (claimed) => this.#grant(claimed) },
      log: silentLog,
    })
    const apply = () => {
      taken = takeIn(store, decide, batch)
    }
    const after = () => {
      for (const runner of taken?.heard ?? []) this.#leases?.heard(runner)
      for (const one of taken?.out ?? []) speak(one)
      for (const runner of taken?.strangers ?? []) this.#identify(runner)
      this.#taking = false
      this.#take()
    }
    if (!hasty) return this.#commit(apply, after)
    // What it would answer is known from a dry run; the commit comes later, or never.
    const dry = takeIn(store.copy(), decide, batch)
    for (const runner of dry.heard) this.#leases?.heard(runner)
    for (const one of dry.out) speak(one)
    timeline.after(
      200,
      () =>
        this.#commit(apply, () => {
          this.#taking = false
          this.#take()
        }),
      this.#life,
    )
  }

  #grant({ runner, ...claimed }: Claimed): void {
    const { timeline, random, store } = this.#parts
    const { task, attempt } = claimed
    const life = this.#life
    const send = () => {
      if (random.chance(0.01)) {
        this.#commit(() => this.#lose(store.view({ task, attempt }), 'no job'))
        this.#postbox?.tasks(runner, { v: 1, kind: 'cancel', task, attempt, force: true })
        return
      }
      const job = jobOf(task, attempt)
      this.#postbox?.tasks(runner, { v: 1, kind: 'grant', ...claimed, job })
    }
    timeline.after(random.int(0, 10), send, life)
  }

  #identify(runner: number): void {
    const { now } = this.#parts.timeline
    if (now - (this.#asked.get(runner) ?? Number.NEGATIVE_INFINITY) < 5_000) return
    this.#asked.set(runner, now)
    this.#postbox?.tasks(runner, { v: 1, kind: 'identify' })
  }

  #checkLeases(): void {
    for (const runner of this.#leases?.lapsed() ?? []) {
      this.#commit(() => markSilent(this.#parts.store, runner))
    }
    for (const [runner, ms] of this.#leases?.silent() ?? []) {
      if (ms >= graceMs) this.#commit(() => giveUp(this.#parts.store, runner))
    }
  }

  #lose(view: View, why: string): void {
    const { store } = this.#parts
    store.save(view, decideLost(view, why))
  }

  // ---- dispatch ----

  #wake(): void {
    if (this.#passing) return
    this.#passing = true
    const offered: { task: number; attempt: number; runner: number }[] = []
    const after = () => {
      this.#passing = false
      for (const { runner, ...offer } of offered) {
        this.#postbox?.tasks(runner, { v: 1, kind: 'offer', ...offer })
      }
    }
    this.#queue({ apply: () => void offered.push(...this.#pass()), after })
  }

  #pass() {
    const { store, random, timeline } = this.#parts
    const waiting = [...store.tasks.values()]
      .filter(({ status }) => status === 'waiting')
      .map(({ id }) => ({ id, project: 1, template: 1, tag: null, parallel: true }))
    const runners = [...store.runners.values()]
      .filter(({ online, accepting }) => online && accepting)
      .map(({ id, limit }) => ({
        id,
        project: null,
        tags: [],
        isDefault: true,
        free: (limit || Number.POSITIVE_INFINITY) - store.held(id),
      }))
    const load = { total: 0, byProject: new Map(), byTemplate: new Map() }
    const limits = { server: 0, project: () => 0 }
    return pick(waiting, runners, load, limits, () => random.next()).map(({ task, runner }) => ({
      runner,
      ...store.offer(task, runner, timeline.now),
    }))
  }

  #resend(): void {
    const { store, timeline } = this.#parts
    for (const { task, attempt, runner, phase, offered, confirmation } of store.attempts.values()) {
      if (!store.runners.get(runner)?.online) continue
      const to = { v: 1, task, attempt } as const
      if (phase === 'offered' && offered <= timeline.now - 10_000) {
        this.#postbox?.tasks(runner, { ...to, kind: 'offer' })
      }
      const cancel = store.tasks.get(task)?.cancel
      if (cancel && (phase === 'claimed' || phase === 'started')) {
        this.#postbox?.tasks(runner, { ...to, kind: 'cancel', force: cancel === 'kill' })
      } else if (phase === 'started') {
        for (const { kind } of answersOf({ confirmation })) {
          if (kind === 'confirm' || kind === 'reject') this.#postbox?.tasks(runner, { ...to, kind })
        }
      }
    }
  }

  /** People say yes or no to some of what waits for a word. */
  #decide(): void {
    const { store, random, truth } = this.#parts
    for (const { task, attempt, runner, confirmation } of store.attempts.values()) {
      if (confirmation !== 'open' || random.chance(0.5)) continue
      const confirmed = random.chance(0.7)
      let said = false
      const apply = () => {
        const view = store.view({ task, attempt })
        const decision = decideAnswer(view, confirmed ? 'confirmed' : 'rejected')
        if (decision === undefined || decision.effects.length === 0) return
        said = true
        truth.decided({ task, attempt }, confirmed)
        store.save(view, decision)
      }
      this.#commit(apply, () => said && this.#sayAnswer(runner, { task, attempt }, confirmed))
    }
  }

  #sayAnswer(runner: number, id: { task: number; attempt: number }, confirmed: boolean): void {
    this.#postbox?.tasks(runner, { v: 1, kind: confirmed ? 'confirm' : 'reject', ...id })
  }

  // ---- commits ----

  #commit(apply: () => void, after: () => void = () => {}): void {
    this.#queue({
      apply,
      after: () => {
        after()
        this.#wake()
      },
    })
  }

  /** Works that come while a commit is on its way to the disk share the next one. */
  #queue(work: Work): void {
    if (this.#life === undefined) return
    this.#works.push(work)
    if (this.#committing) return
    this.#committing = true
    const { timeline, random, truth, store, crashes } = this.#parts
    const commit = () => {
      const batch = this.#works.splice(0)
      for (const { apply } of batch) apply()
      truth.oneCurrent(store.tasks, store.attempts.values())
      if (random.chance(crashes())) return this.crash()
      this.#committing = false
      for (const { after } of batch) after()
    }
    timeline.after(random.int(1, 10), commit, this.#life)
  }

  #every(ms: number, act: () => void): void {
    const life = this.#life
    const again = () => {
      act()
      this.#parts.timeline.after(ms, again, life)
    }
    this.#parts.timeline.after(ms, again, life)
  }
}

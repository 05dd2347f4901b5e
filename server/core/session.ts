/** D6: what a hello means, given what the database knows of its runner's attempts. Pure. */
import type { Hello, Verdict } from '../../broker/messages.ts'
import { isFinal } from '../../broker/states.ts'
import { answersOf } from './confirmation.ts'
import { decideUnaccounted } from './recovery.ts'
import { decideReachable } from './silence.ts'
import type { AttemptView, Decision, Effect, View } from './views.ts'
import { decideLost } from './wish.ts'

export interface HelloInput {
  hello: Hello
  /** The views of all attempts that the hello lists, in its order. */
  listed: readonly View[]
  /** The views of the runner's attempts that the database takes for offered, claimed or started. */
  live: readonly View[]
  /** This connection was welcomed before: an old copy of its hello may come after newer messages. */
  again: boolean
  /** Set if the runner is on another machine from now on: that machine's name. */
  movedTo?: string | undefined
  /** Absent where nothing of this runner is in review. */
  review?: HelloReview
}

/** What of a hello is no business of its own, since the database was put back (recovery.ts). */
export interface HelloReview {
  /** 'task.attempt' of what waits for a person, and of what a person has given up. */
  undecided: ReadonlySet<string>
  givenUp: ReadonlySet<string>
  /** The database was put back since this runner was last heard. */
  restored: boolean
}

export interface HelloOutcome {
  verdicts: Verdict[]
  /** What waits for a person. */
  inReview: { task: number; attempt: number }[]
  /** For attempts whose rows change, or to which something is said after the welcome. */
  decisions: { view: View; decision: Decision }[]
}

const noReview: HelloReview = { undecided: new Set(), givenUp: new Set(), restored: false }

export function decideHello(input: HelloInput): HelloOutcome {
  const { hello, listed, live, again, movedTo, review = noReview } = input
  const outcome: HelloOutcome = { verdicts: [], inReview: [], decisions: [] }
  hello.attempts.forEach((known, index) => {
    const view = listed[index] ?? { task: undefined, attempt: undefined }
    const { task, attempt, phase } = known
    const key = `${task}.${attempt}`
    if (review.undecided.has(key)) {
      outcome.inReview.push({ task, attempt })
      return
    }
    const resume = view.attempt?.result === null && !review.givenUp.has(key)
    outcome.verdicts.push({
      task,
      attempt,
      verdict: resume ? 'resume' : 'forget',
      next_seq: view.attempt?.nextSeq ?? 0,
    })
    if (!resume) return
    const effects = phase === 'ended' ? [] : wishes(view)
    const decision = { ...decideReachable(view), effects }
    if (decision.task || effects.length > 0) outcome.decisions.push({ view, decision })
  })
  const told = new Set(hello.attempts.map(({ task, attempt }) => `${task}.${attempt}`))
  for (const view of live) {
    const attempt = view.attempt as AttemptView
    if (told.has(`${attempt.task}.${attempt.attempt}`)) continue
    const decision = unlisted(view, attempt, { again, movedTo, restored: review.restored })
    if (decision !== undefined) outcome.decisions.push({ view, decision })
  }
  return outcome
}

/** Nobody waits for this attempt any more. */
export function isUnwanted({ task, attempt }: View): boolean {
  return task === undefined || task.attempt !== attempt?.attempt || isFinal(task.status)
}

/** Cancels and answers that wait for the link, and those that answer a superseded attempt. */
function wishes(view: View): Effect[] {
  const { task, attempt } = view
  if (!task || !attempt || isUnwanted(view)) return [{ kind: 'cancel', force: true }]
  return task.cancel === ''
    ? answersOf(attempt)
    : [{ kind: 'cancel', force: task.cancel === 'kill' }]
}

interface Unlisted extends Pick<HelloInput, 'again' | 'movedTo'> {
  restored: boolean
}

/**
 * An offer that did not arrive is repeated; on another machine it is taken back, as the first one may
 * have accepted it. What was claimed was journaled before: it cannot be new.
 */
function unlisted(
  view: View,
  { phase, runner }: AttemptView,
  { again, movedTo, restored }: Unlisted,
): Decision | undefined {
  const offered = phase === 'offered'
  if (restored && !offered) return decideUnaccounted(view, runner)
  // One process does not lose its journal: it has taken this since.
  if (again && !offered) return undefined
  if (movedTo !== undefined) {
    return decideLost(view, `runner ${runner} moved to ${movedTo}; what it ran before is lost`)
  }
  if (offered) return { effects: [{ kind: 'offer' }] }
  return decideLost(view, `runner ${runner} lost its record of this attempt`)
}

/**
 * A database that was put back from a backup does not know what happened since it was made. Runners do:
 * what of their word proves it, and what must then wait for a person. Pure.
 */
import type { Hello, KnownAttempt, Reached, ResultBody } from '../../broker/messages.ts'
import { isFinal } from '../../broker/states.ts'
import type { AttemptEvent } from './attempt.ts'
import { finish, move } from './moves.ts'
import { type AttemptView, type Decision, isCurrent, type TaskView, type View } from './views.ts'
import { decideLost } from './wish.ts'

/** What a runner can know at most, if this database has lost nothing. */
export interface Books {
  /** Its session before this hello. */
  session: number
  /** The highest task number that it can have been given. */
  lastTask: number
  /** It is known already that the database was put back since the runner was last heard. */
  restored: boolean
}

/** An attempt that the database never handed out. */
export interface Strange extends KnownAttempt {
  /** False: its number is nobody's here or another task's, so there is nothing that could adopt it. */
  sameTask: boolean
}

export interface Judgement {
  strange: Strange[]
  /** One line for each proof that the database is an old one. */
  found: string[]
  /** How far the server has come by the runner's word. */
  reached: Reached
}

/** A number that is further ahead is a fault of the runner, and no reason to follow it. */
const believable = 1_000_000
const mostNamed = 3

/**
 * @param listed the views of what the hello lists, in its order; of another's attempt only the task
 * @param kept what is in review already: 'task.attempt'
 */
export function judgeHello(
  runner: number,
  hello: Hello,
  listed: readonly View[],
  books: Books,
  kept: ReadonlySet<string>,
): Judgement {
  const strange = hello.attempts.flatMap((known, index): Strange[] => {
    const view = listed[index] ?? { task: undefined, attempt: undefined }
    if (kept.has(`${known.task}.${known.attempt}`) || !isStrange(known, view, books)) return []
    return [{ ...known, sameTask: view.task !== undefined && known.task <= books.lastTask }]
  })
  const claimed = [...hello.attempts.map(({ task }) => task), hello.reached?.task ?? 0]
  const reached = {
    session: furthest([hello.reached?.session ?? 0], books.session),
    task: furthest(claimed, books.lastTask),
  }
  const who = `runner ${runner}`
  const found: string[] = []
  if (reached.session > books.session) {
    found.push(`${who} was in session ${reached.session}, this database knows of ${books.session}`)
  }
  if (reached.task > books.lastTask) {
    found.push(`${who} has seen task ${reached.task}, this database gave out ${books.lastTask}`)
  }
  for (const { task, attempt, phase } of strange.slice(0, mostNamed)) {
    found.push(
      `${who} has attempt ${attempt} of task ${task} (${phase}), which was not given to it`,
    )
  }
  const more = strange.length - mostNamed
  if (more > 0) found.push(`${who} has ${more} more attempts that were not given to it`)
  return { strange, found, reached }
}

function furthest(numbers: readonly number[], from: number): number {
  return numbers.reduce((far, one) => (one <= from + believable ? Math.max(far, one) : far), from)
}

/** Whether a hello says, apart from its attempts, that the database is behind. */
export function isAhead({ reached }: Hello, { session, lastTask }: Books): boolean {
  return reached !== undefined && (reached.session > session || reached.task > lastTask)
}

/** A task that is missing and was given out once was deleted here: of that nobody wants to hear. */
export function isStrange(known: KnownAttempt | undefined, view: View, books: Books): boolean {
  if (known === undefined) return false
  const { task, phase } = known
  if (view.attempt === undefined) return view.task !== undefined || task > books.lastTask
  if (view.attempt.phase !== 'withdrawn') return false
  // It was never granted, so it can neither have started nor, but for a cancel, have ended.
  return phase === 'started' || (phase === 'ended' && books.restored)
}

/** The same of a single message, should one come before the hello that tells it all. */
export function isStrangeWord(
  view: View,
  said: { kind: AttemptEvent['kind']; result?: ResultBody },
  task: number,
  lastTask: number,
): boolean {
  if (view.attempt === undefined) return view.task !== undefined || task > lastTask
  if (view.attempt.phase !== 'withdrawn') return false
  if (said.kind === 'result') return said.result?.outcome !== 'cancelled'
  return said.kind !== 'claim' && said.kind !== 'refuse'
}

/** Claimed, by a database that was put back, and not in the hello: it may have ended in the lost time. */
export function decideUnaccounted(view: View, runner: number): Decision {
  const lost = { attempt: { phase: 'lost' as const }, effects: [] }
  if (!isCurrent(view) || isFinal(view.task.status)) return lost
  if (view.task.cancel !== '') return decideLost(view, 'told to stop before the backup')
  const held = `attempt ${view.attempt.attempt} is not known to runner ${runner} any more: it may have ended`
  const { status } = view.task
  return {
    ...lost,
    task: { ...(status === 'unreachable' ? {} : move(view.task, 'unreachable')), held },
  }
}

/** A person decides: the task may run (again). @param above numbers of attempts that were used before */
export function decideRelease(task: TaskView, above: number): Decision {
  const waiting = task.status === 'waiting' ? { status: task.status } : move(task, 'waiting')
  const attempt = Math.max(task.attempt, above)
  return { task: { ...waiting, runner: null, held: null, attempt }, effects: [] }
}

/** A person decides: the task is not run. */
export function decideDismiss(task: TaskView): Decision {
  const why = 'not run again after the database was put back'
  const { task: moved, ending } = finish(task, 'stopped', why, null)
  return { task: { ...moved, held: null }, ...(ending && { ending }), effects: [] }
}

/**
 * Whether a person may take over what a runner has. @param view of that attempt, whoever's it is here
 * @returns one line, or undefined if nothing speaks against it
 */
export function whyNotAdopt(
  { task, attempt, sameTask }: Omit<Strange, 'phase'>,
  runner: number,
  view: View,
): string | undefined {
  if (view.task === undefined) return `this database has no task ${task}`
  if (!sameTask) return `task ${task} of this database is another one, which was made since`
  if (isFinal(view.task.status)) return `task ${task} is over: ${view.task.status}`
  if (attempt < view.task.attempt) return `a later attempt of task ${task} was made or seen since`
  const owner = view.attempt?.runner ?? runner
  return owner === runner
    ? undefined
    : `here attempt ${attempt} of task ${task} is that of runner ${owner}`
}

/** What a person makes the current attempt of its task. */
export interface Adoption {
  decision: Decision
  attempt: Pick<AttemptView, 'task' | 'attempt' | 'runner' | 'phase'>
}

/**
 * A person decides: what the runner has is the task's own attempt. Its log and its result then come as
 * those of any other.
 */
export function decideAdopt(task: TaskView, runner: number, known: KnownAttempt): Adoption {
  // What was accepted only was not started, or the runner would say so: its claim is granted as usual.
  const phase = known.phase === 'accepted' ? 'offered' : 'claimed'
  const { attempt } = known
  const moved = ['waiting', 'unreachable'].includes(task.status) ? move(task, 'starting') : {}
  return {
    decision: { task: { ...moved, attempt, runner, held: null }, effects: [] },
    attempt: { task: task.id, attempt, runner, phase },
  }
}

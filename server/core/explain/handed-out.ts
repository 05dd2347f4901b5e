/** How a task stands that a runner was given: what the runner said last, and what follows if it stays silent. */
import { alarmsOf } from './alarms.ts'
import type { AttemptFacts, Facts, RunnerFacts } from './facts.ts'
import type { Finding } from './finding.ts'
import { at, count, heardOf, nameOf, size, span } from './words.ts'

/** A task that was handed out, with its current attempt. */
interface Held extends Facts {
  attempt: AttemptFacts
  runner: RunnerFacts
}

export function howItStands(facts: Facts): Finding[] {
  const attempt = facts.attempts.at(-1)
  const runner = facts.runners.find(({ id }) => id === attempt?.runner)
  if (attempt === undefined || runner === undefined) return [orphan(facts)]
  const held: Held = { ...facts, attempt, runner }
  const found = [stage(held), ...consequences(held), ...behind(held), ...alarmsOf(runner)]
  return found.map((finding) => ({ runner: runner.id, ...finding }))
}

/** Its runner is being removed this very moment. */
function orphan({ task, attempts }: Facts): Finding {
  const runner = attempts.at(-1)?.runner
  const whose = runner === undefined ? 'a runner' : `runner ${runner}`
  return { code: 'running', text: `it is ${task.status}, held by ${whose} that is there no more` }
}

function stage(held: Held): Finding {
  const { task, attempt } = held
  if (task.status === 'unreachable') return unreachable(held)
  if (task.cancel !== '' || task.status === 'stopping') return stopping(held)
  if (attempt.phase === 'offered') return offered(held)
  return attempt.phase === 'claimed' ? claimed(held) : running(held)
}

function offered({ attempt, runner, now }: Held): Finding {
  const since = attempt.offered
  const text = `it was offered to ${nameOf(runner)} at ${at(since)}, ${span(now - since)} ago, and is not claimed yet`
  return { code: 'offered', text, since }
}

function claimed({ attempt, runner, now }: Held): Finding {
  const text = `${nameOf(runner)} has claimed attempt ${attempt.attempt} and has not started it yet${heardAgo(runner, now)}`
  return { code: 'claimed', text, since: attempt.offered }
}

function running({ attempt, runner, now }: Held): Finding {
  const since = attempt.started ?? attempt.offered
  const runs = `attempt ${attempt.attempt} runs on`
  if (runner.online) {
    const text = `${runs} ${nameOf(runner)} since ${at(since)}${heardAgo(runner, now)}`
    return { code: 'running', text, since }
  }
  const text = `${nameOf(runner)} is offline, ${heardOf(runner)}; ${runs} it since ${at(since)}, and goes on if only the link is gone: its log waits on its disk`
  return { code: 'runner-away', text, since }
}

function unreachable({ task, attempt, runner, now }: Held): Finding {
  const since = task.unreachableSince ?? now
  const text = `${nameOf(runner)} says nothing, ${heardOf(runner)}: how attempt ${attempt.attempt} stands only it knows, and its log waits on its disk`
  return { code: 'unreachable', text, since }
}

function stopping({ attempt, runner }: Held): Finding {
  if (runner.online) {
    const text = `${nameOf(runner)} is told to stop attempt ${attempt.attempt} and has not reported its end yet`
    return { code: 'stopping', text }
  }
  const text = `a stop waits for ${nameOf(runner)}, which is offline, ${heardOf(runner)}: it is told as soon as it is back`
  return { code: 'stop-pending', text }
}

/** What happens by itself, if nothing else does. */
function consequences(held: Held): Finding[] {
  const { attempt, runner } = held
  const silent = attempt.phase !== 'offered' && !runner.online
  return [...(silent ? [grace(held)] : []), ...deadline(held)]
}

function grace({ task, template, runner, now }: Held): Finding {
  if (template.policy === 'wait') {
    return { code: 'grace', text: 'its template says `wait`: it is waited for without end' }
  }
  const what = afterGrace(task, template)
  if (task.unreachableSince === null) {
    const after = span(template.graceMs)
    return { code: 'grace', text: `if it stays silent, ${what} ${after} after its lease` }
  }
  // Not from when the task became unreachable: after a time in which nobody could be heard, such as a
  // restart of the server, lease and grace begin anew (ingest/leases.ts).
  const left = template.graceMs - runner.silentMs
  const until = now + left
  const when = left > 0 ? `in ${span(left)}` : 'at any moment'
  return { code: 'grace', text: `${when} ${what}`, until }
}

/** As core/silence.ts decides it. */
function afterGrace({ cancel, requeues }: Facts['task'], template: Facts['template']): string {
  const { policy, idempotent, maxRequeues } = template
  if (cancel !== '') return 'it ends as stopped'
  if (policy === 'fail') return 'the policy `fail` ends it as error'
  if (!idempotent) {
    return 'it ends as error: the policy is `requeue`, but the template is not marked idempotent'
  }
  return requeues < maxRequeues
    ? `the policy \`requeue\` gives it back to the queue, time ${requeues + 1} of at most ${maxRequeues}`
    : `it ends as error: it was requeued ${requeues} of at most ${maxRequeues} times`
}

function deadline({ template, attempt, now }: Held): Finding[] {
  if (template.maxDurationMs === 0 || attempt.started === null) return []
  const until = attempt.started + template.maxDurationMs
  const left = until - now
  const text =
    left > 0
      ? `in ${span(left)}, at ${at(until)}, its runner ends it: it may run for ${span(template.maxDurationMs)}`
      : `its time is over since ${at(until)}: its runner has ended it, or does so now`
  return [{ code: 'deadline', text, until }]
}

function behind({ attempt, runner }: Held): Finding[] {
  const bytes = attempt.spooled - attempt.bytes
  // What it said last has come since; what it has printed since then only it knows.
  if (bytes <= 0) return []
  const lines = attempt.unackedLines ?? 0
  const what = lines === 0 ? size(bytes) : count(lines, 'line')
  const asOf = runner.touched === null ? '' : `, at ${at(runner.touched)}`
  const now = lines === 0 ? '' : `; ${size(bytes)} are still to come`
  const text = `${what} of its log ${lines === 1 ? 'was' : 'were'} not acknowledged when ${nameOf(runner)} was last heard${asOf}${now}`
  return [{ code: 'log-behind', text }]
}

function heardAgo({ touched }: RunnerFacts, now: number): string {
  return touched === null ? '' : `, last heard ${span(now - touched)} ago`
}

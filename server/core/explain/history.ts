/** What became of earlier attempts, how a task ended, and whether the world was told. */
import type { AttemptFacts, DeliveryFacts, Facts } from './facts.ts'
import type { Finding } from './finding.ts'
import { at, count, nameOf, span } from './words.ts'

/** Why a task that waits was handed out before. */
export function returned({ attempts, runners, task, template }: Facts): Finding[] {
  const last = attempts.at(-1)
  if (last === undefined) return []
  const runner = runnerOf(runners, last)
  const text =
    last.phase === 'lost'
      ? `attempt ${last.attempt} was lost, ${runner} fell silent: requeued, time ${task.requeues} of at most ${template.maxRequeues}`
      : `attempt ${last.attempt} came back, ${runner} did not take it`
  return [{ code: 'returned', text, since: last.offered, runner: last.runner }]
}

export function howItEnded({ task, attempts, runners }: Facts): Finding {
  const last = attempts.at(-1)
  const started = last?.started ?? null
  const where = last === undefined || started === null ? '' : ` on ${runnerOf(runners, last)}`
  const { end, status, exitCode, reason } = task
  const when = end === null ? '' : ` at ${at(end)}`
  const took = end === null || started === null ? '' : `, after ${span(end - started)}`
  const how = { success: 'it succeeded', stopped: 'it was stopped' }[status as string]
  const exit = status === 'error' && exitCode !== null ? ` (exit code ${exitCode})` : ''
  const why = reason === null ? '' : `: ${reason}`
  const text = `${how ?? 'it failed'}${where}${when}${took}${exit}${why}`
  return { code: 'ended', text, ...(end !== null && { since: end }) }
}

/** A task that was ended by force while its runner goes on until it hears. */
export function chased({ task, attempts, runners }: Facts): Finding[] {
  const last = attempts.at(-1)
  const runner = runners.find(({ id }) => id === last?.runner)
  const live = last?.phase === 'claimed' || last?.phase === 'started'
  if (task.cancel !== 'kill' || !live || runner === undefined) return []
  const text = runner.online
    ? `${nameOf(runner)} is told to kill what may still run there`
    : `it may still run: ${nameOf(runner)} is offline, and is told to kill it as soon as it is back`
  return [{ code: runner.online ? 'stopping' : 'stop-pending', text, runner: runner.id }]
}

/** Late results of attempts that were given up: kept, and never applied. */
export function evidence({ attempts, runners }: Facts): Finding[] {
  return attempts.flatMap((attempt) => {
    const { outcome, phase } = attempt
    if (outcome === null || (phase !== 'lost' && phase !== 'withdrawn')) return []
    const text = `attempt ${attempt.attempt} on ${runnerOf(runners, attempt)} was given up and reported after all: ${outcome}; this changes nothing`
    return [{ code: 'evidence', text, runner: attempt.runner }]
  })
}

export function webhooks({ deliveries }: Facts): Finding[] {
  return deliveries.filter(({ state }) => state !== 'delivered').map(undelivered)
}

function undelivered(delivery: DeliveryFacts): Finding {
  const { receiver, state, tries, nextTry } = delivery
  if (state === 'failed') {
    const text = `${receiver} was given up after ${count(tries, 'try', 'tries')}: ${answerOf(delivery)}`
    return { code: 'webhook-failed', text }
  }
  const until = nextTry ?? undefined
  if (tries === 0)
    return { code: 'webhook-pending', text: `${receiver} is about to be told`, until }
  const next = until === undefined ? '' : `, the next follows at ${at(until)}`
  const text = `${receiver} is not told yet: try ${tries} brought ${answerOf(delivery)}${next}`
  return { code: 'webhook-pending', text, until }
}

function answerOf({ lastStatus }: DeliveryFacts): string {
  return lastStatus === null ? 'no answer' : `HTTP status ${lastStatus}`
}

function runnerOf(runners: Facts['runners'], { runner }: AttemptFacts): string {
  const found = runners.find(({ id }) => id === runner)
  return found === undefined ? `runner ${runner} (removed)` : nameOf(found)
}

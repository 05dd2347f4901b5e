/** Why a task waits: what must change before it goes out comes first. */
import { mayTake, serves } from '../eligible.ts'
import { alarmsOf } from './alarms.ts'
import type { Facts, Limited, RunnerFacts } from './facts.ts'
import type { Finding } from './finding.ts'
import { count, heardOf, nameOf } from './words.ts'

/** More runners in one state than this are told together. */
const listed = 3

export function whyWaiting(facts: Facts): Finding[] {
  const eligible = facts.runners.filter((runner) => mayTake(facts.task, runner))
  if (eligible.length === 0) return [noRunner(facts), ...limits(facts)]
  const away = notAvailable(eligible)
  const available = eligible.filter((runner) => stateOf(runner) === undefined)
  if (available.length === 0) return [...away, ...limits(facts)]
  const found = [...limits(facts), ...full(available, eligible.length, facts)]
  return found.length > 0 ? [...found, ...away] : [next(available)]
}

function noRunner({ task, runners }: Facts): Finding {
  const here = runners.filter((runner) => serves(runner, task.project))
  const others = here.slice(0, listed).map(({ tags, ...one }) => {
    return `${nameOf(one)} has ${tags.length === 0 ? 'none' : tags.join(', ')}`
  })
  const more = here.length > listed ? [`and ${here.length - listed} more`] : []
  const there = [...others, ...more].join('; ')
  const text =
    here.length === 0
      ? 'there is no runner that serves this project'
      : task.tag === null
        ? `no runner takes tasks without a tag: none is a default runner (${there})`
        : `no runner has the tag ${task.tag} (${there})`
  return { code: 'no-runner', text, since: task.created }
}

function limits({ task, template, project, server }: Facts): Finding[] {
  const found: Finding[] = []
  const [other] = template.active
  if (!template.parallel && other !== undefined) {
    const text = `template ${template.name} runs one task at a time: task ${other} is not over`
    found.push({ code: 'template-busy', text, task: other })
  }
  const limited = (code: Finding['code'], whose: string, { active, limit }: Limited) => {
    if (limit === 0 || active < limit) return
    found.push({ code, text: `${whose} limit of tasks at once is reached: ${active} of ${limit}` })
  }
  limited('project-limit', "the project's", project)
  limited('server-limit', "the server's", server)
  return found.map((finding) => ({ since: task.created, ...finding }))
}

type Unavailable = 'runner-inactive' | 'runner-offline' | 'runner-pauses'

/** Why it gets nothing now, whatever its slots; undefined = it does. */
function stateOf({ active, online, accepting }: RunnerFacts): Unavailable | undefined {
  if (!active) return 'runner-inactive'
  if (!online) return 'runner-offline'
  return accepting ? undefined : 'runner-pauses'
}

function notAvailable(eligible: readonly RunnerFacts[]): Finding[] {
  const all: Unavailable[] = ['runner-pauses', 'runner-offline', 'runner-inactive']
  return all.flatMap((code) => {
    const these = eligible
      .filter((runner) => stateOf(runner) === code)
      .sort((one, other) => (other.touched ?? 0) - (one.touched ?? 0))
    if (these.length > listed) return [together(code, these, eligible.length)]
    return these.flatMap((runner) => [
      unavailable(code, runner, eligible.length),
      ...alarmsOf(runner),
    ])
  })
}

function unavailable(code: Unavailable, runner: RunnerFacts, eligible: number): Finding {
  const what = {
    'runner-inactive': 'is switched off',
    'runner-offline': `is offline, ${heardOf(runner)}`,
    'runner-pauses': `takes nothing for now${because(runner)}`,
  }[code]
  const since = code === 'runner-offline' && runner.touched !== null && { since: runner.touched }
  return { code, text: `${subject(runner, eligible)} ${what}`, ...since, runner: runner.id }
}

function together(code: Unavailable, these: readonly RunnerFacts[], eligible: number): Finding {
  const [last] = these as [RunnerFacts]
  const who = `${these.length} of the ${eligible} runners that may take it`
  const what = {
    'runner-inactive': 'are switched off',
    'runner-offline': `are offline, ${nameOf(last)} was ${heardOf(last)}`,
    'runner-pauses': `take nothing for now${because(last, `; ${nameOf(last)}`)}`,
  }[code]
  return { code, text: `${who} ${what}` }
}

/** What it says itself of why it takes nothing. */
function because({ pauseReason }: RunnerFacts, who = ''): string {
  return pauseReason === null ? '' : `${who}: ${pauseReason}`
}

/** Nothing, if one of them has a free slot. */
function full(available: readonly RunnerFacts[], eligible: number, facts: Facts): Finding[] {
  if (available.some(({ held, limit }) => held < limit)) return []
  const slots = available.reduce((sum, { limit }) => sum + limit, 0)
  const held = available.reduce((sum, runner) => sum + runner.held, 0)
  const all = `the ${available.length} runners that could take it have no free slot`
  const found: Finding[] =
    available.length > listed
      ? [{ code: 'runner-full', text: `${all}: ${held} of ${slots} are taken` }]
      : available.map((runner) => ({
          code: 'runner-full',
          text: `${subject(runner, eligible)} runs ${runner.held} of ${count(runner.limit, 'task')}`,
          runner: runner.id,
        }))
  const before = facts.ahead
    .filter((others) => available.some((one) => mayTake(others, one)))
    .reduce((sum, { tasks }) => sum + tasks, 0)
  if (before > 0) {
    const text = `${count(before, 'task is', 'tasks are')} ahead of it`
    found.push({ code: 'queue', text, since: facts.task.created })
  }
  return found
}

function next(available: readonly RunnerFacts[]): Finding {
  const free = available.find(({ held, limit }) => held < limit) as RunnerFacts
  const text = `nothing stands in its way: ${nameOf(free)} has a free slot`
  return { code: 'next', text, runner: free.id }
}

function subject(runner: RunnerFacts, eligible: number): string {
  return eligible === 1 ? `the only runner that may take it, ${nameOf(runner)},` : nameOf(runner)
}

/** What a run came to: JSON for programs, Markdown for people, both with every loss and duplicate. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { version } from '../../lib/version.ts'
import type { Plan } from './run.ts'
import { held, type Outcome, type Wrong } from './scenario.ts'

export interface Report {
  at: string
  size: Plan['size']
  seed: number
  version: string
  machine: string
  passed: boolean
  /** All of it. */
  seconds: number
  outcomes: Outcome[]
  /** The same as Markdown. */
  text: string
}

/** A check of each change must not take longer, s. */
const quickAtMost = 180

/** @param seconds that all of it took */
export function report({ size, seed }: Plan, outcomes: Outcome[], seconds: number): Report {
  const at = new Date().toISOString()
  const passed = outcomes.every((one) => one.skipped !== undefined || held(one))
  const all = { at, size, seed, version, machine: machine(), passed, seconds, outcomes }
  return { ...all, text: markdown(all) }
}

/** `faults.json` and `faults.md`, and of what went wrong the logs of its processes. */
export function writeReports(folder: string, { text, ...all }: Report): void {
  mkdirSync(folder, { recursive: true })
  for (const { name, error, findings, logs } of all.outcomes) {
    if (error === undefined && findings.length === 0) continue
    for (const [program, lines] of logs) {
      writeFileSync(join(folder, `${name}-${program}.log`), `${lines.join('\n')}\n`)
    }
  }
  writeFileSync(join(folder, 'faults.json'), jsonOf(all))
  writeFileSync(join(folder, 'faults.md'), text)
}

/** Without the logs. */
export function jsonOf(value: unknown): string {
  const kept = (key: string, one: unknown) => (key === 'logs' ? undefined : one)
  return `${JSON.stringify(value, kept, 2)}\n`
}

function markdown(all: Omit<Report, 'text'>) {
  const { at, size, seed, version, machine, passed, seconds, outcomes } = all
  const isLong = size === 'quick' && seconds > quickAtMost
  return `# Faults: ${passed ? 'held' : 'BROKEN'}

${size} run, seed ${seed}, ${at}, outstation ${version}, ${machine}

Took ${shown(seconds)} s${isLong ? `, longer than the ${quickAtMost} s that a quick run may take` : ''}.

${table(outcomes)}

${outcomes.map(details).join('\n')}`
}

/** Counted by the judge: from the end of the faults on. */
const finalAfter = 'ms until all was final'

const columns: [heading: string, wrong: Wrong][] = [
  ['lost', 'lost'],
  ['duplicated', 'duplicate'],
  ['out of order', 'out of order'],
  ['double spawns', 'double spawn'],
]

/** One row a scenario. */
export function table(outcomes: readonly Outcome[]): string {
  const headings = ['scenario', 'faults', 'tasks', 'lines', ...columns.map(([heading]) => heading)]
  const head = [...headings, 'other findings', 'all final after', 'seconds', 'seed']
  const rows = outcomes.map((outcome) => {
    const cells = rowOf(outcome)
    return [...cells, ...Array(head.length - cells.length).fill('')]
  })
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function rowOf({ name, skipped, error, faults, counts, found, seconds, seed }: Outcome): unknown[] {
  if (skipped !== undefined) return [name, `skipped: ${skipped}`]
  const done = Object.entries(faults).map(([what, times]) => `${shown(times)} ${what}`)
  const main = columns.map(([, wrong]) => wrong)
  const others = Object.entries(found).filter(([wrong]) => !main.includes(wrong as Wrong))
  return [
    name,
    `${error === undefined ? '' : 'NOT FINISHED; '}${done.join(', ')}`,
    ...[shown(counts.tasks), shown(counts.lines)],
    ...main.map((wrong) => shown(found[wrong])),
    shown(others.reduce((sum, [, times]) => sum + times, 0)),
    counts[finalAfter] === undefined ? '' : `${(counts[finalAfter] / 1000).toFixed(1)} s`,
    ...[shown(seconds), seed],
  ]
}

function shown(count = 0): string {
  return count.toLocaleString('en')
}

function details(outcome: Outcome): string {
  const { name, title, size, skipped, error, faults, counts, findings } = outcome
  const lines = Object.entries({ ...faults, ...counts }).map(
    ([what, times]) => `- ${what}: ${times}`,
  )
  const wrong = findings.map((finding) => `- **${finding.wrong}**: ${finding.what}`)
  return [
    `## ${name}\n\n${title}; ${JSON.stringify(size)}\n`,
    ...(skipped ? [`Skipped: ${skipped}.\n`] : []),
    ...(error ? [`Not finished: ${error}\n`] : []),
    ...(lines.length > 0 ? [`${lines.join('\n')}\n`] : []),
    ...(wrong.length > 0 ? [`### Found\n\n${wrong.join('\n')}\n`] : []),
  ].join('\n')
}

function machine(): string {
  const all = cpus()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  return `${all.length} x ${all[0]?.model ?? 'unknown CPU'}, ${memory}, Node ${process.version}`
}

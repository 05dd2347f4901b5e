/** The figures that docs/faults.md shows: kept as JSON beside it, never written by hand. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonOf, type Report, table } from './report.ts'
import { held, type Outcome } from './scenario.ts'

const docs = join(import.meta.dirname, '../../docs')
const page = join(docs, 'faults.md')
const kept = join(docs, 'faults.json')
/** Where the table stands: before it, the table, behind it. */
export const place = /(<!-- figures -->\n)([\s\S]*?)(\n<!-- end of figures -->)/

/** By scenario, each from the last run that held it: `--only` may bring one of them up to date. */
export type Figures = Record<
  string,
  Pick<Report, 'at' | 'size' | 'version' | 'machine'> & { outcome: Outcome }
>

/**
 * Takes the outcomes over into docs/faults.json, and its table into docs/faults.md.
 * @returns names of those that are no figures
 */
export function saveFigures(report: Report): string[] {
  const { figures, left } = merge(readFigures(), report)
  writeFileSync(kept, jsonOf(figures))
  writeFileSync(page, readFileSync(page, 'utf8').replace(place, `$1${tableOf(figures)}$3`))
  return left
}

/**
 * What held in a full run is a figure. What was skipped, did not come to its end or went wrong is none,
 * and a quick run is one only as long as there is no other.
 */
export function merge(before: Figures, { at, size, version, machine, outcomes }: Report) {
  const figures = { ...before }
  const left: string[] = []
  for (const outcome of outcomes) {
    const { name } = outcome
    const isLess = size === 'quick' && before[name]?.size === 'full'
    if (isLess || !held(outcome)) left.push(name)
    else figures[name] = { at, size, version, machine, outcome }
  }
  return { figures, left }
}

export function readFigures(): Figures {
  return existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {}
}

/** What stands in docs/faults.md between its two marks. */
export function tableOf(figures: Figures): string {
  const all = Object.values(figures)
  if (all.length === 0) return '\nNo full run has been saved yet.\n'
  const runs = new Map<string, string[]>()
  for (const { at, size, version, machine, outcome } of all) {
    const run = `${size} run of ${at.slice(0, 10)}, outstation ${version}, ${machine}`
    runs.set(run, [...(runs.get(run) ?? []), outcome.name])
  }
  const told = [...runs].map(([run, names]) => `- ${names.join(', ')}: ${run}`)
  return `\n${table(all.map(({ outcome }) => outcome))}\n\n${told.join('\n')}\n`
}

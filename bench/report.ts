/** Results for people, and as JSON for whoever compares them over time. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { tableOf } from '../cli/table.ts'
import { type Aim, isReached, type Report } from './benchmark.ts'

export function print({ title, unit, rows, notes = [], ratio, aims }: Report): void {
  console.log(`${title}\n${machine()}\n`)
  const cells = rows.map(({ name, p50, p95, runs }) => [name, shown(p50), shown(p95), runs])
  console.log(tableOf(['', `P50 ${unit}`, `P95 ${unit}`, 'RUNS'], cells))
  for (const note of notes) console.log(note)
  console.log()
  if (ratio !== undefined) console.log(`ratio of the first to the second: ${ratio.toFixed(2)}`)
  console.log(aims.length === 0 ? 'no aim' : aims.map(verdictOn).join('\n'))
}

/** One aim and whether it is reached, in a line. */
export function verdictOn(aim: Aim): string {
  const { name, got, atMost, unit } = aim
  const said = (value: number) => (unit === '' ? value.toFixed(2) : `${shown(value)} ${unit}`)
  return `aim ${isReached(aim) ? 'reached' : 'NOT reached'}: ${name} ${said(got)}, at most ${said(atMost)}`
}

/** To bench/results/<name>-<time>.json */
export function save(name: string, report: Report): void {
  const folder = join(import.meta.dirname, 'results')
  const at = new Date().toISOString()
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}-${at.replaceAll(/[:.]/g, '')}.json`)
  writeFileSync(file, `${JSON.stringify({ at, machine: machine(), ...report }, null, 2)}\n`)
  console.log(`saved as ${file}`)
}

function machine(): string {
  const all = cpus()
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  return `${all.length} x ${all[0]?.model ?? 'unknown CPU'}, ${memory}, Node ${process.version}`
}

function shown(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1)
}

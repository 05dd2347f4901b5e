/** A summary as one line for a person. */
import type { AnsibleSummary, ChangeCounts, Summary } from '../../broker/summary.ts'

/** At most so many hosts are named. */
const mostNamed = 10

export function summaryLine(summary: Summary): string {
  if (summary.kind === 'ansible') return hostsLine(summary)
  return summary.applied ? doneLine(summary.applied) : `plan: ${toDoLine(summary.planned)}`
}

/** Imports are rare, and named only where there are some. */
function toDoLine({ import: imports, add, change, destroy }: ChangeCounts): string {
  const rest = `${add} to add, ${change} to change, ${destroy} to destroy`
  return imports > 0 ? `${imports} to import, ${rest}` : rest
}

function doneLine({ import: imports, add, change, destroy }: ChangeCounts): string {
  const rest = `${add} added, ${change} changed, ${destroy} destroyed`
  return imports > 0 ? `${imports} imported, ${rest}` : rest
}

function hostsLine(summary: AnsibleSummary): string {
  const { hosts, ...counts } = summary.total
  const numbers = Object.entries(counts).map(([name, count]) => `${name}=${count}`)
  const troubled = summary.hosts.filter(({ failed, unreachable }) => failed + unreachable > 0)
  const names = troubled.slice(0, mostNamed).map(({ host }) => host)
  const more = troubled.length > names.length ? ', ..' : ''
  const named = names.length > 0 ? `; not well: ${names.join(', ')}${more}` : ''
  return `${hosts === 1 ? '1 host' : `${hosts} hosts`}: ${numbers.join(' ')}${named}`
}

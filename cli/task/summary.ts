/** A summary as one line for a person. */
import type { Summary } from '../../broker/summary.ts'

/** At most so many hosts are named. */
const mostNamed = 10

export function summaryLine(summary: Summary): string {
  const { hosts, ...counts } = summary.total
  const numbers = Object.entries(counts).map(([name, count]) => `${name}=${count}`)
  const troubled = summary.hosts.filter(({ failed, unreachable }) => failed + unreachable > 0)
  const names = troubled.slice(0, mostNamed).map(({ host }) => host)
  const more = troubled.length > names.length ? ', ..' : ''
  const named = names.length > 0 ? `; not well: ${names.join(', ')}${more}` : ''
  return `${hosts === 1 ? '1 host' : `${hosts} hosts`}: ${numbers.join(' ')}${named}`
}

/** How an explanation says times, numbers and names. */
import type { RunnerFacts } from './facts.ts'

/** A wall-clock time in ISO 8601, to the second: programs find it in a text and show it in local time. */
export function at(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/** A length of time in its two largest units: 14 s, 4 min 10 s, 3 d 4 h. */
export function span(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1000))
  const parts: string[] = []
  for (const [unit, seconds] of units) {
    const count = Math.floor(rest / seconds)
    rest %= seconds
    if (count > 0) parts.push(`${count} ${unit}`)
    else if (parts.length > 0) break
  }
  return parts.slice(0, 2).join(' ') || '0 s'
}

/** In powers of ten, as disks are sold: 340 bytes, 48 kB, 1.2 MB. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

export function nameOf({ id, name }: Pick<RunnerFacts, 'id' | 'name'>): string {
  return name === '' ? `runner ${id}` : `runner ${id} '${name}'`
}

export function heardOf({ touched }: Pick<RunnerFacts, 'touched'>): string {
  return touched === null ? 'never heard of' : `last heard at ${at(touched)}`
}

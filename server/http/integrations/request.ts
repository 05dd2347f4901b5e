/** What stands where in a request of another service. */
import type { MatcherRow, Place } from '../../store/integrations.ts'

export interface Incoming {
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/**
 * The text at a place; undefined if there is none. In JSON a key is a path of names and numbers, such as
 * `commits.[0].author.name`; what it leads to is shown as text, an object or array as JSON.
 */
export function textAt({ headers, body }: Incoming, place: Place): string | undefined {
  if (place.source === 'header') {
    const header = headers[place.key.toLowerCase()]
    return Array.isArray(header) ? header.join(', ') : header
  }
  if (place.body_data_type !== 'json') return body.toString()
  return textOf(at(parsed(body), place.key))
}

export function matches(incoming: Incoming, matcher: MatcherRow): boolean {
  const text = textAt(incoming, { ...matcher, source: matcher.match_type }) ?? ''
  if (matcher.method === 'contains') return text.includes(matcher.value)
  return (text === matcher.value) === (matcher.method === 'equals')
}

function at(value: unknown, path: string): unknown {
  let found = value
  for (const step of path.split('.')) {
    const name = /^\[(\d+)\]$/.exec(step)?.[1] ?? step
    // What every object has, or every array, stands in no request.
    if (typeof found !== 'object' || found === null || !isField(found, name)) return undefined
    found = (found as Record<string, unknown>)[name]
  }
  return found
}

function isField(value: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, name)
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

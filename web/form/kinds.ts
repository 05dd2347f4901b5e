/** How each kind of field goes from the API into a control, back again, and what is wrong on the way. Pure. */
import type { FieldSpec } from './fields.ts'

export type Held = string | boolean

interface Kind {
  read: (given: unknown) => Held
  write: (held: Held) => unknown
  /** What is wrong with something that was filled in. */
  check?: (held: string) => string | undefined
}

const text = (given: unknown): string =>
  given === undefined || given === null ? '' : String(given)
const split = (held: Held, by: RegExp) =>
  String(held)
    .split(by)
    .map((one) => one.trim())
    .filter(Boolean)

export const kinds: Record<Exclude<FieldSpec['kind'], 'items'>, Kind> = {
  text: { read: text, write: (held) => String(held).trim() },
  lines: { read: text, write: String },
  secret: { read: text, write: String },
  password: { read: text, write: String },
  choice: { read: text, write: String },
  flag: { read: (given) => given === true, write: Boolean },
  id: { read: (given) => text(given || ''), write: (held) => Number(held) || null },
  number: {
    read: text,
    write: (held) => (held === '' ? null : Number(held)),
    check: (held) => (/^[+-]?\d{1,15}$/.test(held.trim()) ? undefined : 'expected a whole number'),
  },
  words: {
    read: (given) => (Array.isArray(given) ? given.join(', ') : ''),
    write: (held) => split(held, /[\s,]+/),
  },
  /** One a line. */
  list: {
    read: (given) => (Array.isArray(given) ? given.join('\n') : ''),
    write: (held) => split(held, /\n/),
  },
  time: {
    read: localTime,
    write: (held) => (held === '' ? null : new Date(String(held)).toISOString()),
    check: (held) => (Number.isNaN(Date.parse(held)) ? 'expected day and time' : undefined),
  },
  arguments: { read: argumentLines, write: argumentText, check: wrongArguments },
  json: { read: indented, write: (held) => String(held).trim() || '{}', check: wrongObject },
}

/** ISO 8601 as a control for day and time has it: `2026-11-29T06:30`. */
function localTime(given: unknown): string {
  if (!given) return ''
  const time = new Date(String(given))
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** One a line; as JSON if one of them has several lines itself. */
function argumentLines(given: unknown): string {
  const all = JSON.parse(text(given) || '[]') as string[]
  const plain = all.every((one) => one.trim() === one && one !== '' && !/\n|^\[/.test(one))
  return plain ? all.join('\n') : JSON.stringify(all, null, 2)
}

function argumentText(held: Held): string {
  const given = String(held).trim()
  return given.startsWith('[') ? given : JSON.stringify(split(given, /\n/))
}

function wrongArguments(held: string): string | undefined {
  if (!held.trim().startsWith('[')) return undefined
  const all = parsed(held)
  const texts = Array.isArray(all) && all.every((one) => typeof one === 'string')
  return texts ? undefined : 'expected an argument a line, or JSON of an array of texts'
}

function indented(given: unknown): string {
  const value = parsed(text(given) || '{}')
  if (value === undefined) return text(given)
  const none = Object.keys(value as object).length === 0
  return none ? '' : JSON.stringify(value, null, 2)
}

function wrongObject(held: string): string | undefined {
  const value = parsed(held)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return undefined
  return 'expected JSON of an object, such as {"name": "value"}'
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

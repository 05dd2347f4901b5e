/** Fields that hold JSON as text, as Semaphore's API has them: `environment.json`, `arguments`, .. */
import { AppError } from '../../lib/errors.ts'

type Scalar = string | number | boolean

/** @throws AppError `invalid` unless `text` is JSON of an object; empty or null counts as `{}`. */
export function objectText(
  field: string,
  text: string | null | undefined,
): Record<string, unknown> {
  const value = parse(field, text || '{}', 'object')
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw wrong(field, 'object')
}

/** As `objectText`, of plain values only: what a process environment can hold. */
export function scalarsText(
  field: string,
  text: string | null | undefined,
): Record<string, Scalar> {
  const object = objectText(field, text)
  for (const [name, value] of Object.entries(object)) {
    if (!isName(name) || !['string', 'number', 'boolean'].includes(typeof value)) {
      throw wrong(`${field}.${name}`, 'object of names and plain values')
    }
  }
  return object as Record<string, Scalar>
}

/** As a process sees them: 8080 and true are written as they look in JSON. */
export function textValues(scalars: Record<string, Scalar>): Record<string, string> {
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, String(value)]))
}

/** @throws AppError `invalid` unless `text` is JSON of an array of texts; empty or null is `[]`. */
export function textsText(field: string, text: string | null | undefined): string[] {
  const value = parse(field, text || '[]', 'array of texts')
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw wrong(field, 'array of texts')
}

function parse(field: string, text: string, expected: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw wrong(field, expected, cause)
  }
}

/** The text itself is not shown: secrets are pasted into the wrong field all the time. */
function wrong(field: string, expected: string, cause?: unknown): AppError {
  return new AppError('invalid', `${field}: expected the JSON text of an ${expected}`, { cause })
}

/** No `=` and no NUL: the operating system could not hold it. */
function isName(name: string): boolean {
  return name !== '' && !/[=\0]/.test(name)
}

/** An answer held against its documented schema: each difference is one line with its path. */
import type { Schema } from './spec.ts'

/** @returns e.g. `[].vaults: missing`, `id: expected integer, got string` */
export function differences(schema: Schema, value: unknown, path = ''): string[] {
  const at = path || 'the answer'
  if (value === undefined) return [`${at}: missing`]
  if (value === null) return schema.nullable ? [] : [`${at}: null`]
  if (!isOfType(schema.type, value)) {
    return [`${at}: expected ${schema.type}, got ${Array.isArray(value) ? 'array' : typeof value}`]
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return [`${at}: expected one of ${JSON.stringify(schema.enum)}, got ${JSON.stringify(value)}`]
  }
  if (schema.items !== undefined) return ofItems(schema.items, value as unknown[], path)
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    differences(
      inner,
      (value as Record<string, unknown>)[name],
      path === '' ? name : `${path}.${name}`,
    ),
  )
}

/** What differs in every item is said once. Of an empty list nothing is known but that. */
function ofItems(schema: Schema, items: readonly unknown[], path: string): string[] {
  if (items.length === 0) return path === '' ? ['the answer: an empty list'] : []
  return [...new Set(items.flatMap((item) => differences(schema, item, `${path}[]`)))]
}

function isOfType(type: string | undefined, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && !Array.isArray(value)
    case undefined:
      return true
    default:
      return typeof value === type
  }
}

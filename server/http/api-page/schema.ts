/** A schema as people read it: a type in a few words, and its fields as rows. */
import { type Html, html } from './html.ts'

export interface Schema {
  type?: string
  enum?: unknown[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  maxItems?: number
}

/** Such as `integer, at least 1`, `"asc" | "desc"`, `list of string`. */
export function typeOf(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  if (schema.items) return `list of ${typeOf(schema.items)}`
  const bounds = boundsOf(schema)
  return [schema.format ?? schema.type ?? 'anything', ...bounds].join(', ')
}

function boundsOf({ minimum, maximum, minLength, maxLength, pattern }: Schema): string[] {
  const named = (value: number | undefined, words: (value: number) => string) =>
    value === undefined || value === Number.MAX_SAFE_INTEGER ? [] : [words(value)]
  return [
    ...named(minimum, (least) => `at least ${least}`),
    ...named(maximum, (most) => `at most ${most}`),
    ...named(minLength, (least) => `at least ${least} long`),
    ...named(maxLength, (most) => `at most ${most} long`),
    ...(pattern === undefined ? [] : [`like ${pattern}`]),
  ]
}

/** The fields of an object, and of the objects in them, a row each. */
export function fieldTable(schema: Schema): Html {
  const rows = [...fieldsOf(schema, '')]
  if (rows.length === 0) return html`<p><code>${typeOf(schema)}</code></p>`
  const list = schema.items ? html`<p>A list of:</p>` : undefined
  return html`${list}<table><tbody>${rows.map(
    ({ path, type, needed }) =>
      html`<tr><td><code>${path}</code></td><td>${type}</td><td>${needed ? 'required' : ''}</td></tr>`,
  )}</tbody></table>`
}

interface Field {
  path: string
  type: string
  needed: boolean
}

function* fieldsOf(schema: Schema, at: string): Generator<Field> {
  for (const inner of schema.anyOf ?? []) yield* fieldsOf(inner, at)
  if (schema.items) yield* fieldsOf(schema.items, at === '' ? '' : `${at}[]`)
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const path = at === '' ? name : `${at}.${name}`
    yield { path, type: typeOf(field), needed: schema.required?.includes(name) ?? false }
    yield* fieldsOf(field, path)
  }
}

/** A configuration's schema for editors, which then complete its settings and underline mistakes. */
import type Type from 'typebox'
import { idleKeys } from './semaphore-keys.ts'

/** JSON Schema of draft 7, which every editor knows. */
export function editorSchema(schema: Type.TObject, title: string): object {
  const { properties, ...rest } = closed(schema, [])
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title,
    ...rest,
    properties: { $schema: { type: 'string' }, ...(properties as object) },
  }
}

/** The schema without settings that it does not know; those of Semaphore are struck through, with the reason. */
function closed(schema: Type.TSchema, at: readonly string[]): Record<string, unknown> {
  const { properties, ...rest } = schema as { properties?: Record<string, Type.TSchema> }
  if (properties === undefined) return { ...schema }
  const known = Object.entries(properties).map(([key, inner]) => [key, closed(inner, [...at, key])])
  return {
    ...rest,
    properties: { ...idleAt(at), ...Object.fromEntries(known) },
    additionalProperties: false,
  }
}

function idleAt(at: readonly string[]): Record<string, object> {
  const found = [...idleKeys].map(([path, why]) => [path.split('.'), why] as const)
  const here = found.filter(([path]) => path.slice(0, -1).join('.') === at.join('.'))
  return Object.fromEntries(
    here.map(([path, why]) => {
      const description = `Of Semaphore, without effect here: ${why}`
      return [path.at(-1) as string, { description, deprecated: true }]
    }),
  )
}

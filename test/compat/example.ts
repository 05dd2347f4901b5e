/** A request body made from its schema: the documented examples, and ids of things that are there. */
import type { Schema } from './spec.ts'

/** The id of a fixture, by the name of a field that refers to one; undefined = it refers to nothing. */
export type IdOf = (field: string) => Promise<number | string | undefined>

/** Texts whose form the document tells in words only. */
const texts: Record<string, string> = {
  arguments: '[]',
  environment: '{}',
  secret: '{}',
  json: '{}',
  env: '{}',
  playbook: 'hello.sh',
  git_branch: 'main',
  auth_method: 'none',
  webhook: '',
  limit: '',
  type: '',
  run_at: '2099-01-01T00:00:00Z',
}

/** @param field the name that it has in what holds it */
export async function exampleOf(schema: Schema, idOf: IdOf, field = ''): Promise<unknown> {
  if (schema.properties !== undefined && schema.example === undefined) {
    const body: Record<string, unknown> = {}
    for (const [name, inner] of Object.entries(schema.properties)) {
      const value = await exampleOf(inner, idOf, name)
      if (value !== undefined) body[name] = value
    }
    return body
  }
  if (schema.items !== undefined && schema.example === undefined) {
    const one = await exampleOf(schema.items, idOf, field.replace(/s$/, ''))
    return one === undefined ? [] : [one]
  }
  // Its own id is the path's to say.
  if (field === 'id') return undefined
  if (field.endsWith('_id')) return await idOf(field)
  return schema.example ?? schema.enum?.[0] ?? texts[field] ?? plain(schema)
}

function plain({ type, format }: Schema): unknown {
  switch (type) {
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return false
    case 'object':
      return {}
    default:
      return format === 'date-time' ? texts.run_at : 'text'
  }
}

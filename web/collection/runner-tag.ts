import type { FieldSpec } from '../form/fields.ts'
import type { Kinds } from './lists.ts'

/** A tag that runners have: those that there are may be chosen. */
export function runnerTag(tags: readonly Kinds['runner_tags'][], hint: string): FieldSpec {
  const suggestions = tags.map(({ tag }) => tag)
  return { name: 'runner_tag', label: 'Runner tag', hint, kind: 'text', half: true, suggestions }
}

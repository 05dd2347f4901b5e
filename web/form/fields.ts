/**
 * What a form asks for, as data. A field has the name that it has in the API (`ssh.private_key` for one
 * inside an object), so that what the API finds wrong stands below the field that it names.
 */
import type { Choice } from '../parts/choice.ts'

/** What another field of the same form, or of the same item, holds now. */
export type Look = (name: string) => unknown

interface Shared {
  name: string
  label: string
  hint?: string
  required?: boolean | ((look: Look) => boolean)
  /** Takes half of the width where there is room for two. */
  half?: boolean
  placeholder?: (look: Look) => string
  /** What it is where the API says nothing: of something new, above all. */
  start?: unknown
  /** Shown and sent only then. */
  when?: (look: Look) => boolean
  /** Shown, but not to be changed. */
  fixed?: (look: Look) => boolean
  /** @returns what is wrong with what was filled in, as the end of a sentence: "expected .." */
  check?: (held: string, look: Look) => string | undefined
}

export type FieldSpec = Shared &
  /** `secret`: not shown, and may have several lines. */

  /** `time`: a moment, by the clock of whoever looks. */
  (
    | { kind: 'number' | 'flag' | 'words' | 'secret' | 'time' }
    | {
        kind: 'text' | 'password'
        /** As HTML has it, for what browsers remember. */
        autocomplete?: string
        suggestions?: readonly string[]
      }
    | { kind: 'lines' | 'json' | 'arguments' | 'list'; lines: number }
    /** `id`: the id of something, null for none. */
    | { kind: 'choice' | 'id'; choices: readonly Choice[] }
    | ItemsKind
  )

/** So many of the same: questions of a survey, variables, vaults. */
export interface ItemsKind {
  kind: 'items'
  /** One of them, for the button that adds one. */
  one: string
  fields: readonly FieldSpec[]
  /** Fields side by side, their labels over the first item only. */
  table?: boolean
  /** Where the API has no array of objects: from what it has, and back. */
  from?: (given: unknown) => object[]
  to?: (items: Record<string, unknown>[]) => unknown
}

export interface Section {
  title?: string
  hint?: string
  /** Closed until somebody looks for it. */
  folded?: boolean
  when?: (look: Look) => boolean
  fields: readonly FieldSpec[]
}

export const choicesOf = (names: Record<string, string>): Choice[] =>
  Object.entries(names).map(([value, label]) => ({ value, label }))

/** For a field of kind `id`: those there are, and none at all if that may be. */
export function among(
  all: readonly { id: number; name: string }[],
  none?: string,
): readonly Choice[] {
  const choices = all.map(({ id, name }) => ({ value: String(id), label: name }))
  return [
    { value: '', label: none ?? (all.length > 0 ? 'Choose ..' : 'There is none yet') },
    ...choices,
  ]
}

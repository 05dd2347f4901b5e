/** Kinds of fields that many routes share. */
import Type from 'typebox'
import { AppError } from '../../lib/errors.ts'

export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
export const Count = Type.Integer({ minimum: 0, maximum: 1_000_000 })
export const Name = Type.String({ minLength: 1, maxLength: 255 })
export const Text = Type.String()
export const RunnerTag = Type.String({ maxLength: 255 })
/** A wall-clock time in ISO 8601; see `iso`. */
export const Time = Type.String({ format: 'date-time' })

export function Nullable<T extends Type.TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** A field that may be absent or null; Semaphore's clients send either. */
export function Maybe<T extends Type.TSchema>(schema: T) {
  return Type.Optional(Nullable(schema))
}

/** Clients written in Go send 0 for "none". */
export const IdOrNone = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
/** A reference that may be absent, null or 0. */
export const MaybeId = Maybe(IdOrNone)

/** What names nothing, as null. */
export function orNull<T extends object>(given: T): T | null {
  return Object.keys(given).length > 0 ? given : null
}

type WithoutNulls<T> = { [K in keyof T]: Exclude<T[K], null> }

/** The fields that are not null; clients written in Go send null for an empty list. */
export function withoutNulls<T extends object>(given: T): WithoutNulls<T> {
  const entries = Object.entries(given).filter(([, value]) => value !== null)
  return Object.fromEntries(entries) as WithoutNulls<T>
}

/** Semaphore's clients repeat the ids of the path in the body. */
export const PathIds = { id: MaybeId, project_id: MaybeId }

/** @throws AppError `invalid` if the body names another object than the path. */
export function expectSameIds(
  body: { id?: number | null | undefined; project_id?: number | null | undefined },
  path: { id?: number; project_id?: number },
): void {
  for (const field of ['id', 'project_id'] as const) {
    const named = body[field] || path[field]
    if (path[field] === undefined || named === path[field]) continue
    throw new AppError('invalid', `${field}: expected ${path[field]} as in the path, got ${named}`)
  }
}

/** Null = no tag. */
export function tagOf(given: string | null | undefined): string | null {
  return given?.trim() || null
}

/** Each once, without the empty ones. */
export function tagsOf(given: readonly string[]): string[] {
  return [...new Set(given.flatMap((tag) => tagOf(tag) ?? []))]
}

export function iso(ms: number): string {
  return new Date(Number(ms)).toISOString()
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms)
}

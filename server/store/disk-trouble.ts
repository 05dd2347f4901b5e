/** Errors of the database that are no fault of a statement: the disk below it, or who else is at it. */
import { AppError, systemCode } from '../../lib/errors.ts'

export interface Trouble {
  what: string
  fix: string
  /** It may pass by itself, and writing on meanwhile makes nothing worse. */
  passes: boolean
}

const full = {
  what: 'no space is left on its disk',
  fix: 'free some space there; it goes on by itself',
  passes: true,
}

/** The disk is about to be full: stopped while there is room for whoever makes room. */
export const low: Trouble = {
  ...full,
  what: 'less space is left on its disk than disk.min_free_mb wants',
}

/** https://www.sqlite.org/rescode.html */
const troubles: Record<string, Trouble> = {
  SQLITE_FULL: full,
  SQLITE_READONLY: {
    what: 'it is read-only',
    fix: 'see that its disk is mounted for writing and that the file belongs to this user',
    passes: true,
  },
  SQLITE_BUSY: {
    what: 'another process is writing to it and does not end',
    fix: 'end that process; it goes on by itself',
    passes: true,
  },
}
for (const code of ['SQLITE_IOERR', 'SQLITE_CANTOPEN', 'SQLITE_PROTOCOL', 'SQLITE_PERM']) {
  const fix = 'look after that disk; it goes on by itself'
  troubles[code] = { what: `its disk fails (${code})`, fix, passes: true }
}
for (const code of ['SQLITE_CORRUPT', 'SQLITE_NOTADB']) {
  const fix = 'stop the server and restore a backup'
  troubles[code] = { what: `it is damaged (${code})`, fix, passes: false }
}

/** @returns undefined for everything else, such as a constraint that a work has violated */
export function troubleOf(error: unknown): Trouble | undefined {
  return troubles[systemCode(error) ?? '']
}

/** Seconds after which a refused client may come again. */
const comeAgainSec = 5

/** What a work that is not written is told. */
export function refusal(file: string, { what, fix }: Trouble): AppError {
  return new AppError('unavailable', `the database ${file} cannot be written: ${what}`, {
    fix,
    retryAfterSec: comeAgainSec,
  })
}

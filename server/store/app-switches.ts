/** Which apps an administrator has switched off: no task of one is started, whoever asks. */
import type { Knex } from 'knex'
import { AppError } from '../../lib/errors.ts'
import { listOptions, type Options } from './options.ts'

export const appPrefix = 'apps.'

/** Names of what an app's options are kept under: apps.NAME.active, .. */
export function appKey(id: string, field: string): string {
  return `${appPrefix}${id}.${field}`
}

/** What the configuration says of `active` is for the runner that reads it, as program and arguments are. */
export function isActive(id: string, options: Options): boolean {
  return options[appKey(id, 'active')] !== 'false'
}

/** @throws AppError `invalid` if an administrator has switched the app off */
export async function expectActive(db: Knex, id: string): Promise<void> {
  if (isActive(id, await listOptions(db, null, appKey(id, '')))) return
  throw new AppError('invalid', `app ${id}: switched off on this server`, {
    fix: `an administrator can switch it on: POST /api/apps/${id}/active`,
  })
}

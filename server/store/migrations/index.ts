/** Every migration in order; forward only. */
import type { Knex } from 'knex'
import * as first from './2026-11-24-first.ts'

export interface Migration {
  name: string
  up(db: Knex): Promise<void>
}

export const migrations: readonly Migration[] = [first]

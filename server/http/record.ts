/** Tells the events who did what: one call in each transaction that a person's request makes. */
import type { Clock } from '../../lib/clock.ts'
import type { Tx } from '../store/commit.ts'
import { insertEvent } from '../store/events.ts'
import type { UserRow } from '../store/users.ts'

/** A request, or who stands behind it. */
export interface Doer {
  actor: Pick<UserRow, 'id' | 'name'> | null
  project: { id: number } | null
}

export interface Deed {
  /** Semaphore's `object_type`: key, task, user, .. */
  type: string
  id: number | null
  name?: string
  /** What became of it, as in "key Deploy CREATED". */
  done: string
}

export type Record = (tx: Tx, by: Doer, deed: Deed) => Promise<void>

export function recorder({ clock }: { clock: Clock }): Record {
  return async (tx, { actor, project }, { type, id, name = '', done }) => {
    await insertEvent(tx, {
      created: clock.now(),
      project_id: project?.id ?? null,
      user_id: actor?.id ?? null,
      username: actor?.name ?? '',
      object_type: type,
      object_id: id,
      object_name: name,
      description: [type, name || id, done].filter((part) => part !== null).join(' '),
    })
  }
}

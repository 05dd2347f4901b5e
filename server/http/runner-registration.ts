/**
 * A runner that is made before it is there: an admin says what it shall be, and a one-time token lets one
 * machine become it.
 */
import { AppError } from '../../lib/errors.ts'
import { equalDigests, secretToken, sha256hex } from '../../lib/ids.ts'
import { type Also, nothingElse, type Tx } from '../store/commit.ts'
import {
  findRunner,
  insertRunner,
  isRegistered,
  type NewRunner,
  type RunnerRow,
  updateRunner,
} from '../store/runners.ts'
import type { HttpContext } from './context.ts'
import { letIn, newToken, type RunnerWithToken } from './runner-credentials.ts'

/** A one-time registration token is good for this long. */
const registrationMs = 3600_000

/** What a machine says of itself when it registers. */
export type Registrant = Pick<RunnerRow, 'name' | 'webhook' | 'max_parallel_tasks' | 'active'> &
  Pick<NewRunner, 'project_id' | 'keys'>

/** Stores a runner that has no token yet. */
export async function announceRunner(
  { store, clock }: HttpContext,
  runner: Omit<NewRunner, 'token_hash' | 'token_sealed' | 'created'>,
  also: Also<RunnerRow> = nothingElse,
): Promise<{ runner: RunnerRow; token?: undefined }> {
  const row = { ...runner, token_hash: '', created: clock.now() }
  const made = await store.commit(async (tx) => {
    const made = await insertRunner(tx, row)
    await also(tx, made)
    return made
  })
  return { runner: made }
}

/** An earlier one of the runner is good no longer. @throws AppError `invalid` if it has registered */
export async function newRegistrationToken(
  { store, clock }: HttpContext,
  id: number,
  also: Also = nothingElse,
): Promise<string> {
  const token = secretToken(`osg_${id}_`)
  await store.commit(async (tx) => {
    const runner = await findRunner(tx.db, id)
    if (runner !== undefined && isRegistered(runner)) {
      throw new AppError('invalid', `runner ${id} is already registered`, {
        fix: 'have its token replaced instead, which shuts out whoever has it now',
      })
    }
    const registration_until = clock.now() + registrationMs
    await updateRunner(tx, id, { registration_hash: sha256hex(token), registration_until })
    await also(tx)
  })
  return token
}

/**
 * The runner that waits for who has this one-time token becomes theirs, and the token is spent. What the
 * admin said of it holds; what was left empty the machine says. Its tags and project are the admin's alone.
 * @returns undefined if the token is none, or none any more
 * @throws AppError `invalid` if the machine asks for another project; the token stays good
 */
export async function registerAnnounced(
  context: HttpContext,
  registrationToken: string,
  registrant: Registrant,
  also: Also<RunnerRow> = nothingElse,
): Promise<RunnerWithToken | undefined> {
  const made = await context.store.commit(async (tx) => {
    const row = await findAnnounced(tx, registrationToken, context.clock.now())
    if (row === undefined) return undefined
    const { id, project_id } = row
    if (registrant.project_id && registrant.project_id !== project_id) {
      const wanted = project_id === null ? 'none, for it serves all' : project_id
      throw new AppError('invalid', `project_id: expected ${wanted}, got ${registrant.project_id}`)
    }
    const { token, columns } = newToken(context, id)
    const change = {
      ...columns,
      name: row.name || registrant.name,
      webhook: row.webhook || registrant.webhook,
      max_parallel_tasks: row.max_parallel_tasks || registrant.max_parallel_tasks,
      active: row.active && registrant.active,
      ...(registrant.keys !== undefined && { keys: registrant.keys }),
    }
    await updateRunner(tx, id, change)
    const runner = { ...row, ...change }
    await also(tx, runner)
    return { runner, token }
  })
  if (made !== undefined) await letIn(context, made)
  return made
}

async function findAnnounced(
  { db }: Tx,
  token: string,
  now: number,
): Promise<RunnerRow | undefined> {
  const id = /^osg_([1-9]\d{0,14})_[\w-]{43}$/.exec(token)?.[1]
  const row = id === undefined ? undefined : await findRunner(db, Number(id))
  if (row === undefined || isRegistered(row)) return undefined
  const good = equalDigests(row.registration_hash ?? '', sha256hex(token))
  return good && Number(row.registration_until) > now ? row : undefined
}

/** What a runner identifies itself with, and telling the broker of it at once. */
import type { RunnerCredential } from '../../broker/credentials.ts'
import { equalDigests, secretToken, sha256hex } from '../../lib/ids.ts'
import { removeRunner } from '../dispatch/remove-runner.ts'
import { runnerTokenPurpose } from '../store/cipher.ts'
import { type Also, nothingElse } from '../store/commit.ts'
import type { Knex } from '../store/owned.ts'
import {
  findRunner,
  insertRunner,
  listRunners,
  type NewRunner,
  type RunnerRow,
  updateRunner,
} from '../store/runners.ts'
import type { HttpContext } from './context.ts'

export interface RunnerWithToken {
  runner: RunnerRow
  /** Known nowhere else after this. */
  token: string
}

/** Stores a runner with a new token and lets it in. */
export async function createRunner(
  context: HttpContext,
  runner: Omit<NewRunner, 'token_hash' | 'token_sealed' | 'created'>,
  also: Also<RunnerRow> = nothingElse,
): Promise<RunnerWithToken> {
  const made = await context.store.commit(async (tx) => {
    const created = context.clock.now()
    const row = await insertRunner(tx, { ...runner, created, token_hash: '' })
    const { token, columns } = newToken(context, row.id)
    await updateRunner(tx, row.id, columns)
    await also(tx, row)
    return { runner: { ...row, ...columns }, token }
  })
  await letIn(context, made)
  return made
}

/** Replaces the token; a connection with the old one is closed, and its keys are those of somebody gone. */
export async function rotateToken(
  context: HttpContext,
  runner: RunnerRow,
  also: Also = nothingElse,
): Promise<string> {
  const { token, columns } = newToken(context, runner.id)
  const change = { ...columns, ...(runner.keys && { keys: 'awaited' as const }) }
  await context.store.commit(async (tx) => {
    await updateRunner(tx, runner.id, change)
    await also(tx)
  })
  await letIn(context, { runner: { ...runner, ...change }, token })
  return token
}

/** A new token for the general runner of this name, which is made if there is none. */
export async function tokenOfRunnerNamed(context: HttpContext, name: string): Promise<string> {
  const runners = await listRunners(context.store.read)
  const runner = runners.find((one) => one.name === name && one.project_id === null)
  return runner ? rotateToken(context, runner) : (await createRunner(context, { name })).token
}

/** Gives up what it was doing, forgets it, and closes its connection. */
export async function dismissRunner(
  context: HttpContext,
  id: number,
  also: Also = nothingElse,
): Promise<void> {
  await removeRunner(context.store, id, context.clock.now(), also)
  await shutOut(context, id)
}

/** Closes the connection of a runner that is no longer in the database. */
export function shutOut(context: HttpContext, id: number): Promise<void> {
  return tell(context, id, () => context.credentials.remove(id))
}

/** The runner whose token this is. Constant time for a given id, which is no secret. */
export async function findRunnerByToken(db: Knex, token: string): Promise<RunnerRow | undefined> {
  const id = /^osr_([1-9]\d{0,14})_[\w-]{43}$/.exec(token)?.[1]
  const runner = id === undefined ? undefined : await findRunner(db, Number(id))
  return runner && equalDigests(runner.token_hash, sha256hex(token)) ? runner : undefined
}

/** Whoever has an older one, or a one-time registration token, is shut out by it. */
export function newToken({ config, cipher }: HttpContext, id: number) {
  const token = secretToken(`osr_${id}_`)
  // An external broker is told tokens, not hashes, each time it has to be rebuilt; ours is not.
  const token_sealed =
    config.broker.mode === 'external' ? cipher.seal(runnerTokenPurpose(id), token) : null
  const spent = { registration_hash: null, registration_until: null }
  return { token, columns: { token_hash: sha256hex(token), token_sealed, ...spent } }
}

/** Tells the broker who has this token. */
export function letIn(context: HttpContext, { runner, token }: RunnerWithToken): Promise<void> {
  const credential: RunnerCredential = { id: runner.id, tokenHash: runner.token_hash, token }
  return tell(context, runner.id, () => context.credentials.put(credential))
}

/**
 * The database is the truth and has it already; a broker that is away now is told everything again
 * when it is back. Failing here would only lose the token that the caller waits for.
 */
async function tell({ log }: HttpContext, id: number, step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    log.warn('the broker learns of a runner late', { runner: id, error })
  }
}

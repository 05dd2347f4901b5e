/** Environments: extra variables, process environment, and sealed secrets of either kind. */
import type { Knex } from 'knex'
import type { Job } from '../../broker/job.ts'
import { AppError } from '../../lib/errors.ts'
import type { Cipher } from './cipher.ts'
import type { Tx } from './commit.ts'
import { kept } from './kept-text.ts'
import { type OwnedRow, ownedTable } from './owned.ts'
import { type Reference, referring } from './references.ts'

export interface EnvironmentRow extends OwnedRow {
  /** JSON text of an object: extra variables. */
  json: string
  /** JSON text of an object: environment of the process. */
  env: string
}

export interface EnvironmentSecretRow {
  id: number
  environment_id: number
  name: string
  type: 'var' | 'env'
  /** Sealed. */
  secret: string
}

type NamedSecret = Pick<EnvironmentSecretRow, 'name' | 'type' | 'secret'>

/** One step of a change of secrets, as Semaphore's API takes them. */
export type SecretChange =
  | ({ operation: 'create' } & NamedSecret)
  /** What is undefined stays. */
  | ({ operation: 'update'; id: number } & {
      [K in keyof NamedSecret]?: NamedSecret[K] | undefined
    })
  | { operation: 'delete'; id: number }

export const environments = ownedTable<EnvironmentRow>('environments')

/** Names and types only. */
export async function listSecrets(
  db: Knex,
  environment: number,
): Promise<Pick<EnvironmentSecretRow, 'id' | 'name' | 'type'>[]> {
  return await db('environment_secrets')
    .where({ environment_id: environment })
    .orderBy('id')
    .select('id', 'name', 'type')
}

/** @throws AppError `invalid` if a change names a secret that this environment does not have. */
export async function changeSecrets(
  tx: Tx,
  cipher: Cipher,
  environment: number,
  changes: readonly SecretChange[],
): Promise<void> {
  for (const change of changes) {
    if (change.operation === 'create') {
      const { name, type } = change
      const secret = cipher.seal(environmentPurpose(environment), change.secret)
      await tx.db('environment_secrets').insert({ environment_id: environment, name, type, secret })
      continue
    }
    const row = tx.db('environment_secrets').where({ environment_id: environment, id: change.id })
    const touched =
      change.operation === 'delete'
        ? await row.delete()
        : await row.update({
            ...(change.name !== undefined && { name: change.name }),
            ...(change.type !== undefined && { type: change.type }),
            ...(change.secret !== undefined && {
              secret: cipher.seal(environmentPurpose(environment), change.secret),
            }),
          })
    if (touched === 0) {
      throw new AppError('invalid', `secrets: expected ids of this environment, got ${change.id}`)
    }
  }
}

/** The environment opened, as a job carries it. @throws AppError `not_found` */
export async function openEnvironment(
  db: Knex,
  cipher: Cipher,
  id: number,
): Promise<Pick<Job, 'variables' | 'env' | 'secrets'>> {
  const row: EnvironmentRow | undefined = await db('environments').where({ id }).first()
  if (row === undefined) throw new AppError('not_found', `environment ${id}: not found`)
  const secrets = await secretsOf(db, { id })
  return {
    variables: JSON.parse(row.json),
    env: textValues(JSON.parse(row.env)),
    secrets: secrets.map(({ name, type, secret }) => ({
      name,
      type,
      value: cipher.open(environmentPurpose(id), secret),
    })),
  }
}

const secretsOf = kept((db, { id }: { id: number }) =>
  db<EnvironmentSecretRow>('environment_secrets').where({ environment_id: id }).orderBy('id'),
)

/** Names of the secrets of an environment that nobody has entered: their value is an empty text. */
export async function emptySecrets(
  db: Knex,
  cipher: Cipher,
  environment: number,
): Promise<string[]> {
  const rows = await secretsOf(db, { id: environment })
  return rows
    .filter(({ secret }) => cipher.open(environmentPurpose(environment), secret) === '')
    .map(({ name }) => name)
}

export function environmentReferences(db: Knex, id: number): Promise<Reference[]> {
  return referring(db, 'templates', ['environment_id'], id)
}

/** A process environment holds only text: 8080 and true are written as they look in JSON. */
function textValues(env: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]))
}

/** What a secret of an environment is sealed for (cipher.ts). */
export function environmentPurpose(environment: number): string {
  return `environment_secret/${environment}`
}

/** What can keep a task from starting though its request is right: said before it fails for it. */
import { AppError } from '../../lib/errors.ts'
import { expectActive } from '../store/app-switches.ts'
import type { Cipher } from '../store/cipher.ts'
import { emptySecrets } from '../store/environments.ts'
import { keysWithoutSecret } from '../store/keys.ts'
import type { Knex } from '../store/owned.ts'
import type { NewTask } from '../store/tasks.ts'
import type { TemplateRow } from '../store/templates.ts'

/** @throws AppError `invalid` if the app is switched off, or a secret that is needed was never entered */
export async function expectStartable(
  { db, cipher }: { db: Knex; cipher: Cipher },
  template: TemplateRow,
  { inventory_id }: Pick<NewTask, 'inventory_id'>,
): Promise<void> {
  // A task waits for each of these answers, and none of these for another.
  const [, missing] = await Promise.all([
    expectActive(db, template.app),
    missingSecrets(db, cipher, template, inventory_id),
  ])
  if (missing.length === 0) return
  throw new AppError('invalid', `nobody has entered the secret ${missing.join(', nor ')}`, {
    fix: 'edit the access key, or the environment of the template, and enter it',
  })
}

/**
 * Each secret that a task of the template needs and nobody entered, as a project that came from a backup
 * has none.
 * @param inventory that the task asks for in place of the template's
 */
async function missingSecrets(
  db: Knex,
  cipher: Cipher,
  { project_id, repository_id, inventory_id, environment_id, vaults }: TemplateRow,
  inventory: number | null | undefined,
): Promise<string[]> {
  const [keys, variables] = await Promise.all([
    keysWithoutSecret(db, {
      project: project_id,
      repository: repository_id,
      inventory: inventory || (inventory_id ?? 0),
      vaultKeys: vaults.flatMap(({ vault_key_id }) => vault_key_id ?? []),
    }),
    emptySecrets(db, cipher, environment_id ?? 0),
  ])
  return [
    ...keys.map((name) => `of access key ${name}`),
    ...variables.map((name) => `${name} of the environment`),
  ]
}

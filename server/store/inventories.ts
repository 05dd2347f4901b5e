/** Inventories: the hosts that a task works on. */
import type { Knex } from 'knex'
import type { Inventory } from '../../broker/job.ts'
import { AppError } from '../../lib/errors.ts'
import type { Cipher } from './cipher.ts'
import { openKey } from './keys.ts'
import { type OwnedRow, ownedTable } from './owned.ts'
import { type Reference, referring } from './references.ts'
import { openRepository } from './repositories.ts'

export interface InventoryRow extends OwnedRow {
  type: Inventory['type'] | 'tofu-workspace' | 'terragrunt-workspace'
  /** The text itself, or for `file` its path inside the repository. */
  inventory: string
  /** Of a file: the repository that it lies in; null = the template's. */
  repository_id: number | null
  ssh_key_id: number | null
  become_key_id: number | null
  /** Asked of the runner where the template asks for none. */
  runner_tag: string | null
}

const stored = ownedTable<InventoryRow>('inventories')

export const inventories: typeof stored = {
  ...stored,
  async update(tx, ...change) {
    await stored.update(tx, ...change)
    tx.emit({ kind: 'rules' })
  },
}

/** The inventory with its keys, as a job carries it. @throws AppError `not_found` */
export async function openInventory(db: Knex, cipher: Cipher, id: number): Promise<Inventory> {
  const row: InventoryRow | undefined = await db('inventories').where({ id }).first()
  if (row === undefined) throw new AppError('not_found', `inventory ${id}: not found`)
  const { name, type, inventory, repository_id } = row
  const own = type === 'file' && repository_id !== null
  return {
    id,
    name,
    // Three names of one thing: a runner knows the oldest.
    type:
      type === 'tofu-workspace' || type === 'terragrunt-workspace' ? 'terraform-workspace' : type,
    inventory,
    ssh_key: await openKey(db, cipher, row.ssh_key_id),
    become_key: await openKey(db, cipher, row.become_key_id),
    ...(own && { repository: await openRepository(db, cipher, repository_id) }),
  }
}

export function inventoryReferences(db: Knex, id: number): Promise<Reference[]> {
  return referring(db, 'templates', ['inventory_id'], id)
}

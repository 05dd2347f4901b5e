import Type from 'typebox'
import type { Tx } from '../../store/commit.ts'
import { inventories, inventoryReferences } from '../../store/inventories.ts'
import { keys } from '../../store/keys.ts'
import { expectOwned } from '../../store/owned.ts'
import { repositories } from '../../store/repositories.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Maybe, MaybeId, Name, Nullable, PathIds, RunnerTag, Text, tagOf } from '../fields.ts'
import { resourceRoutes } from '../resource.ts'

const InventoryType = Type.Enum([
  'none',
  'static',
  'static-yaml',
  'file',
  'terraform-workspace',
  'tofu-workspace',
  'terragrunt-workspace',
])
const Body = Type.Object({
  ...PathIds,
  name: Name,
  type: InventoryType,
  /** The text itself, or for `file` its path inside the repository. */
  inventory: Maybe(Text),
  ssh_key_id: MaybeId,
  become_key_id: MaybeId,
  repository_id: MaybeId,
  /** As that of a template, which beats it. */
  runner_tag: Maybe(RunnerTag),
})
const View = Type.Object({
  id: Id,
  project_id: Id,
  name: Name,
  type: InventoryType,
  inventory: Text,
  ssh_key_id: Nullable(Id),
  become_key_id: Nullable(Id),
  repository_id: Nullable(Id),
  runner_tag: Nullable(Text),
})

export function inventoryRoutes(app: App, context: HttpContext): void {
  resourceRoutes(app, context, {
    path: 'inventory',
    noun: 'inventory',
    body: Body,
    view: View,
    table: inventories,
    sorts: { name: 'name', type: 'type' },
    show: async (_db, rows) => [...rows],
    async insert(tx, project, body) {
      return await inventories.insert(tx, project, await checked(tx, project, body))
    },
    async update(tx, { id, project_id }, body) {
      await inventories.update(tx, project_id, id, await checked(tx, project_id, body))
    },
    references: (db, { id }) => inventoryReferences(db, id),
  })
}

async function checked(tx: Tx, project: number, body: Type.Static<typeof Body>) {
  const { name, type } = body
  const ssh_key_id = body.ssh_key_id || null
  const become_key_id = body.become_key_id || null
  const repository_id = body.repository_id || null
  await expectOwned(tx, keys, project, 'ssh_key_id', ssh_key_id)
  await expectOwned(tx, keys, project, 'become_key_id', become_key_id)
  await expectOwned(tx, repositories, project, 'repository_id', repository_id)
  return {
    name,
    type,
    inventory: body.inventory ?? '',
    ssh_key_id,
    become_key_id,
    repository_id,
    runner_tag: tagOf(body.runner_tag),
  }
}

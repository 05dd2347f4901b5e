/** The inventory of a job made ready: its text or file in its place, its key in an agent. */
import { join } from 'node:path'
import type { Inventory, Job } from '../../broker/job.ts'
import { AppError } from '../../lib/errors.ts'
import { type SshAgentOptions, startSshAgent } from '../../lib/ssh-agent.ts'
import { CleanupStack } from '../../lib/stack.ts'
import { type CheckoutOptions, checkOut } from './git/checkout.ts'
import { asArgument, inside } from './inside.ts'
import { openWorkspace } from './workspace.ts'

export interface InstalledInventory {
  /** For `-i`; undefined when there is none. */
  path: string | undefined
  /** SSH_AUTH_SOCK, when the inventory has an ssh key. */
  env: Record<string, string>
  close(): Promise<void>
}

export type InventoryOptions = Omit<CheckoutOptions, 'tree'> & Omit<SshAgentOptions, 'place'>

/** @param folder where the job's own repository lies */
export async function installInventory(
  folder: string,
  options: InventoryOptions,
): Promise<InstalledInventory> {
  const { job, secrets: place } = options
  const { inventory } = job
  if (!inventory) return { path: undefined, env: {}, close: async () => {} }
  const cleanup = new CleanupStack()
  const close = () => cleanup.close()
  try {
    const path = await pathOf(inventory, folder, options, cleanup)
    if (inventory.ssh_key.type !== 'ssh') return { path, env: {}, close }
    const agent = cleanup.use(await startSshAgent(inventory.ssh_key, { ...options, place }))
    return { path, env: { SSH_AUTH_SOCK: agent.socket }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function pathOf(
  { type, inventory, repository }: Inventory,
  folder: string,
  options: InventoryOptions,
  cleanup: CleanupStack,
): Promise<string | undefined> {
  const { job, secrets } = options
  switch (type) {
    case 'static':
      return secrets.file(`inventory_${job.task.id}`, inventory)
    case 'static-yaml':
      return secrets.file(`inventory_${job.task.id}.yml`, inventory)
    case 'file': {
      const ours = repository === undefined
      const root = ours ? folder : await bring({ ...job, repository }, options, cleanup)
      const path = asArgument('inventory', inventory)
      if ((await inside(root, path)) === undefined) {
        throw new AppError('not_found', `inventory ${path}: not found in the repository`)
      }
      return ours ? path : join(root, path)
    }
    case 'none':
    case 'terraform-workspace':
      return undefined
  }
}

/** The inventory's own repository at its own branch, in a work tree beside the task's. */
async function bring(job: Job, options: InventoryOptions, cleanup: CleanupStack): Promise<string> {
  const own = { ...job, git_branch: '', commit_hash: '' }
  const { tree } = cleanup.use(
    openWorkspace(own, options.context.tmpPath, options.context.isolation?.user),
  )
  return (await checkOut({ ...options, job: own, tree })).folder
}

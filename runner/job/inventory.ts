/** The inventory of a job made ready: its text in a file of the task's own, its key in an agent. */
import type { Inventory, Job } from '../../broker/job.ts'
import { AppError } from '../../lib/errors.ts'
import { inside } from './inside.ts'
import { type SshAgentOptions, startSshAgent } from './ssh-agent.ts'

export interface InstalledInventory {
  /** For `-i`; undefined when there is none. */
  path: string | undefined
  /** SSH_AUTH_SOCK, when the inventory has an ssh key. */
  env: Record<string, string>
  close(): Promise<void>
}

export async function installInventory(
  job: Job,
  folder: string,
  options: SshAgentOptions,
): Promise<InstalledInventory> {
  const { inventory } = job
  if (!inventory) return { path: undefined, env: {}, close: async () => {} }
  const path = await pathOf(inventory, job, folder, options)
  if (inventory.ssh_key.type !== 'ssh') return { path, env: {}, close: async () => {} }
  const agent = await startSshAgent(inventory.ssh_key, options)
  return { path, env: { SSH_AUTH_SOCK: agent.socket }, close: agent.close }
}

async function pathOf(
  { type, inventory }: Inventory,
  job: Job,
  folder: string,
  { secrets }: SshAgentOptions,
): Promise<string | undefined> {
  switch (type) {
    case 'static':
      return secrets.file(`inventory_${job.task.id}`, inventory)
    case 'static-yaml':
      return secrets.file(`inventory_${job.task.id}.yml`, inventory)
    case 'file': {
      if ((await inside(folder, inventory)) !== undefined) return inventory
      throw new AppError('not_found', `inventory ${inventory}: not found in the repository`)
    }
    case 'none':
    case 'terraform-workspace':
      return undefined
  }
}

/** Where a job works and keeps its secrets: what can be made while its START is on its way to disk. */
import type { Job } from '../../broker/job.ts'
import { CleanupStack } from '../../lib/stack.ts'
import type { TaskUser } from './isolation.ts'
import { SecretFolder } from './secret-folder.ts'
import { openWorkspace, type Workspace } from './workspace.ts'

export interface Place {
  workspace: Workspace
  secrets: SecretFolder
  /** Removes the secrets, frees the work tree. */
  close(): Promise<void>
}

export function openPlace(job: Job, tmpPath: string, user?: TaskUser): Place {
  const cleanup = new CleanupStack()
  try {
    const workspace = cleanup.use(openWorkspace(job, tmpPath, user))
    const secrets = cleanup.use(SecretFolder.open(tmpPath, user))
    return { workspace, secrets, close: () => cleanup.close() }
  } catch (error) {
    void cleanup.close()
    throw error
  }
}

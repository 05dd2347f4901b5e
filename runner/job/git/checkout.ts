/** The repository of a job: what is wanted is checked, what is kept made fit, and the commit brought. */
import type { Job } from '../../../broker/job.ts'
import { AppError } from '../../../lib/errors.ts'
import { checkBranch, checkHash, parseAddress } from '../../../lib/git/address.ts'
import type { JobContext } from '../context.ts'
import { noIsolation } from '../isolation.ts'
import type { JobLog } from '../log.ts'
import type { SecretFolder } from '../secret-folder.ts'
import type { Commit } from './head.ts'
import { prepareTree } from './kept-tree.ts'
import { useInPlace } from './local.ts'
import { choose } from './open-client.ts'
import { withDeadline } from './retry.ts'
import { checkOutTree } from './tree.ts'

export interface Checkout {
  /** The folder that holds the playbook. */
  folder: string
  /** null: a folder on this machine that is no git repository. */
  commit: Commit | null
}

export interface CheckoutOptions {
  job: Job
  context: JobContext
  tree: string
  secrets: SecretFolder
  marker: Record<string, string>
  log: JobLog
}

/** A repository that is not here by then, with all tries, never will be, ms. */
const deadline = 60 * 60_000

/** Throws AppError `repository`, `unavailable`, `tool` or `forbidden`; or the cancel's reason. */
export async function checkOut(options: CheckoutOptions): Promise<Checkout> {
  const { job, context, tree, log } = options
  const { settings, isolation = noIsolation, clock, cancel } = context
  const address = parseAddress(job.repository.git_url)
  const branch = checkBranch(job.git_branch || job.repository.git_branch)
  const wanted = checkHash(job.commit_hash)
  if (address.kind === 'local') return useInPlace(address.path, wanted, settings, log)

  const { url } = address
  const kept = await prepareTree(tree, isolation.user)
  const at = branch ? `branch ${branch}` : 'default branch'
  const { words } = choose(address, context)
  await log.line(`${kept ? 'Updating' : 'Cloning'} ${url} (${at}) with ${words}`)
  const wish = { url, branch, wanted, depth: settings.git_depth ?? 1 }
  const overdue = () => new AppError('unavailable', `${url}: not fetched within an hour`)
  return withDeadline({ ms: deadline, clock, signal: cancel }, overdue, async (signal) => {
    const remote = { ...options, address, key: job.repository.key, signal }
    return { folder: tree, commit: await checkOutTree(wish, remote, kept) }
  })
}

/**
 * The repository of a job: the order of steps, the same for both git clients and for a fresh and a
 * kept work tree. Ask where the branch stands, fetch what is missing, check out that very commit.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Job } from '../../../broker/job.ts'
import { AppError, lineOf } from '../../../lib/errors.ts'
import type { JobContext } from '../context.ts'
import { noIsolation } from '../isolation.ts'
import type { JobLog } from '../log.ts'
import type { SecretFolder } from '../secret-folder.ts'
import { emptyTree } from '../workspace.ts'
import { checkBranch, checkHash, parseAddress } from './address.ts'
import { bring, type Wish } from './bring.ts'
import type { Commit } from './head.ts'
import { prepareTree } from './kept-tree.ts'
import { useInPlace } from './local.ts'
import { choose, openBuiltIn, openProgram, type Remote } from './open-client.ts'
import { withDeadline, withRetries } from './retry.ts'

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
    try {
      return await checkOutRemote(wish, remote)
    } catch (error) {
      if (!kept || !isDamage(error, signal)) throw error
      await log.line(`The kept work tree cannot be used (${lineOf(error)}); cloning anew`)
      await emptyTree(tree, isolation.user)
      return checkOutRemote(wish, remote)
    }
  })
}

async function checkOutRemote(wish: Wish, remote: Remote): Promise<Checkout> {
  const { address, context, tree, log, signal } = remote
  const { clock, random, settings } = context
  const patience = { tries: settings.git_attempts ?? 4, clock, random, signal, log }
  const client = choose(address, context).builtIn
    ? { ...(await openBuiltIn(remote)), close: async () => {} }
    : await openProgram(remote)
  try {
    const hash = await withRetries(patience, () => bring(client, wish, log))
    await client.checkout(hash)
    const message = await client.message(hash)
    await log.line(`HEAD is now at ${hash.slice(0, 7)} ${message}`)
    if (existsSync(join(tree, '.gitmodules'))) await log.line('Submodules are not fetched')
    return { folder: tree, commit: { hash, message } }
  } finally {
    await client.close()
  }
}

/** What is wrong lies in our own folder: a killed git, a task that played with .git, a bad disk. */
function isDamage(error: unknown, signal: AbortSignal): boolean {
  return !signal.aborted && (!(error instanceof AppError) || error.code === 'damaged')
}

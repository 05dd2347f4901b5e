/**
 * The repository of a job: the order of steps, the same for both git clients and for a fresh and a
 * kept work tree. Ask where the branch stands, fetch what is missing, check out that very commit.
 */
import { lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Job } from '../../../broker/job.ts'
import { backoff } from '../../../lib/backoff.ts'
import { AppError, lineOf } from '../../../lib/errors.ts'
import type { JobContext } from '../context.ts'
import type { JobLog } from '../log.ts'
import type { SecretFolder } from '../secret-folder.ts'
import { emptyTree } from '../workspace.ts'
import { httpAccess, loginOf } from './access.ts'
import { type Address, checkBranch, checkHash, parseAddress } from './address.ts'
import type { GitClient } from './client.ts'
import type { Commit } from './head.ts'
import { useInPlace } from './local.ts'
import { sshAccess } from './ssh.ts'

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

const tries = 4

type RemoteAddress = Exclude<Address, { kind: 'local' }>

/** Throws AppError `repository`, `unavailable`, `tool` or `forbidden`; or the cancel's reason. */
export async function checkOut(options: CheckoutOptions): Promise<Checkout> {
  const { job, context, tree, log } = options
  const address = parseAddress(job.repository.git_url)
  const branch = checkBranch(job.git_branch || job.repository.git_branch)
  const wanted = checkHash(job.commit_hash)
  if (address.kind === 'local') return useInPlace(address.path, wanted, context.settings, log)

  const wish = { address, branch, wanted }
  const kept = await prepareTree(tree)
  const at = branch ? `branch ${branch}` : 'default branch'
  await log.line(`${kept ? 'Updating' : 'Cloning'} ${address.url} (${at})`)
  try {
    return await checkOutRemote(wish, options)
  } catch (error) {
    if (!kept || !isDamage(error, context.cancel)) throw error
    await log.line(`The kept work tree cannot be used (${lineOf(error)}); cloning anew`)
    await emptyTree(tree)
    return checkOutRemote(wish, options)
  }
}

interface Wish {
  address: RemoteAddress
  /** '' is the remote's HEAD. */
  branch: string
  /** '' is the tip of the branch. */
  wanted: string
}

async function checkOutRemote(wish: Wish, options: CheckoutOptions): Promise<Checkout> {
  const { tree, log } = options
  const client = await openClient(wish.address, options)
  try {
    const hash = await withRetries(options, () => bring(client, wish))
    await client.checkout(hash)
    const message = await client.message(hash)
    await log.line(`HEAD is now at ${hash.slice(0, 7)} ${message}`)
    if (await exists(join(tree, '.gitmodules'))) await log.line('Submodules are not fetched')
    return { folder: tree, commit: { hash, message } }
  } finally {
    await client.close()
  }
}

/** What is wrong lies in our own folder: a killed git, a task that played with .git, a bad disk. */
function isDamage(error: unknown, cancel: AbortSignal): boolean {
  return !cancel.aborted && (!(error instanceof AppError) || error.code === 'damaged')
}

/** Makes sure that the commit is here; returns its full hash. */
async function bring(client: GitClient, { address, branch, wanted }: Wish): Promise<string> {
  const { url } = address
  if (wanted.length >= 40) {
    const found = await client.find(wanted)
    if (found) return found
  }
  const remote = await client.resolve(
    branch ? [`refs/heads/${branch}`, `refs/tags/${branch}`] : ['HEAD'],
  )
  if (!remote) {
    throw new AppError('repository', `${url}: has no ${branch ? `branch ${branch}` : 'commits'}`, {
      fix: 'check the branch of the repository, template and task',
    })
  }
  const tip = (await client.find(remote.hash)) ?? (await client.fetch(remote.ref))
  const commit = await client.find(wanted || tip || remote.hash)
  if (commit) return commit
  if (wanted) {
    await client.fetch('all branches')
    const found = await client.find(wanted)
    if (found) return found
  }
  throw new AppError('repository', `commit ${wanted || remote.hash}: not found in ${url}`)
}

async function withRetries<T>(
  { context, log }: CheckoutOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { clock, random, cancel } = context
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const passes = error instanceof AppError && error.code === 'unavailable'
      if (!passes || attempt === tries - 1) throw error
      const delay = backoff(attempt + 1, { first: 1000, cap: 15_000, random })
      await log.line(
        `${error.line}; trying again in ${Math.ceil(delay / 1000)} s (${attempt + 2} of ${tries})`,
      )
      await clock.sleep(delay, cancel)
    }
  }
}

async function openClient(
  address: RemoteAddress,
  { job, context, tree, secrets, marker, log }: CheckoutOptions,
): Promise<GitClient & { close(): Promise<void> }> {
  const { settings, cancel: signal, clock, knownHosts } = context
  const { key } = job.repository
  const { url } = address
  if (address.kind === 'http' && settings.git_client !== 'cmd_git') {
    const { openIsomorphic } = await import('./isomorphic.ts')
    const client = await openIsomorphic({ tree, url, login: loginOf(key, address), signal })
    return { ...client, close: async () => {} }
  }
  const { openBinary } = await import('./binary.ts')
  const access =
    address.kind === 'ssh'
      ? await sshAccess(address, key, {
          ...{ secrets, marker, clock, signal, knownHosts },
          configPath: settings.ssh_config_path,
        })
      : await httpAccess(url, address.kind === 'http' ? loginOf(key, address) : undefined, secrets)
  const protocol = address.kind === 'http' ? new URL(url).protocol.slice(0, -1) : address.kind
  try {
    const client = await openBinary({ tree, url, protocol, access, log, signal })
    return { ...client, close: access.close }
  } catch (error) {
    await access.close()
    throw error
  }
}

/** In .git: what steers git elsewhere, and the locks of a git that was killed. */
const leavings = [
  ...['config', 'config.worktree', 'commondir', 'info', 'hooks'],
  ...['index.lock', 'HEAD.lock', 'config.lock', 'shallow.lock', 'packed-refs.lock'],
]

/**
 * true when the tree holds a repository of an earlier task. What that task may have left in git's
 * configuration (another URL, a filter, a proxy) is not read: both clients' init writes it anew.
 */
async function prepareTree(tree: string): Promise<boolean> {
  const git = join(tree, '.git')
  const found = await lstat(git).catch(() => undefined)
  if (!found?.isDirectory() || !(await exists(join(git, 'HEAD')))) {
    await emptyTree(tree)
    return false
  }
  for (const name of leavings) {
    await rm(join(git, name), { recursive: true, force: true })
  }
  return true
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}

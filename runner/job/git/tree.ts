/**
 * One commit in one work tree, and the submodules in it: the order of steps, the same for both git
 * clients and for a fresh and a kept tree. Ask where the branch stands, fetch what is missing, check
 * out that very commit, complete it.
 */
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, lineOf } from '../../../lib/errors.ts'
import { obeyFrom } from '../policy.ts'
import { emptyTree } from '../workspace.ts'
import type { BinaryClient } from './binary.ts'
import { bring, type Wish } from './bring.ts'
import type { GitClient } from './client.ts'
import type { Commit } from './head.ts'
import { prepareTree } from './kept-tree.ts'
import { bringLargeFiles } from './large-files.ts'
import { choose, openBuiltIn, openProgram, type Remote } from './open-client.ts'
import { type Patience, withRetries } from './retry.ts'
import { openFolder, type Submodule, submodulesOf } from './submodules.ts'

/** Submodules in submodules, and so on: deeper is a circle. */
const deepest = 8

/** @param kept whether the tree holds what an earlier task fetched, and may have damaged */
export async function checkOutTree(
  wish: Wish,
  remote: Remote,
  kept: boolean,
  depth = 0,
): Promise<Commit> {
  try {
    return await attempt(wish, remote, depth)
  } catch (error) {
    if (!kept || !isDamage(error, remote.signal)) throw error
    await remote.log.line(`The kept work tree cannot be used (${lineOf(error)}); cloning anew`)
    await emptyTree(remote.tree, remote.context.isolation?.user)
    return attempt(wish, remote, depth)
  }
}

async function attempt(wish: Wish, remote: Remote, depth: number): Promise<Commit> {
  const { address, context, log } = remote
  if (!choose(address, context).builtIn) {
    return withProgram(remote, async (client) => {
      const commit = await settle(client, wish, remote)
      await complete(client, remote, commit.hash, depth)
      return commit
    })
  }
  const client = await openBuiltIn(remote)
  const commit = await settle(client, wish, remote)
  const more = await missing(client, remote.tree)
  if (more.length > 0) {
    await log.line(
      `Going on with the git program: the built-in client has no ${more.join(', no ')}`,
    )
    await withProgram(remote, (program) => complete(program, remote, commit.hash, depth))
  }
  return commit
}

async function settle(client: GitClient, wish: Wish, remote: Remote): Promise<Commit> {
  const hash = await withRetries(patienceOf(remote), () => bring(client, wish, remote.log))
  await client.checkout(hash)
  const message = await client.message(hash)
  await remote.log.line(`HEAD is now at ${hash.slice(0, 7)} ${message}`)
  return { hash, message }
}

/** What a commit is not whole without. */
async function missing(client: GitClient, tree: string): Promise<string[]> {
  const attributes = await client.tracked('.gitattributes')
  const large = attributes.some((path) => text(join(tree, path)).includes('filter=lfs'))
  return [...(text(join(tree, '.gitmodules')) ? ['submodules'] : []), ...(large ? ['LFS'] : [])]
}

async function complete(
  client: BinaryClient,
  remote: Remote,
  hash: string,
  depth: number,
): Promise<void> {
  const { address, key, tree, log } = remote
  const more = await missing(client, tree)
  if (more.includes('LFS')) {
    await log.line('Fetching large files (LFS)')
    await withRetries(patienceOf(remote), () => bringLargeFiles(client, address, hash))
  }
  if (!more.includes('submodules')) return
  if (depth === deepest) throw new AppError('repository', 'submodules: more than 8 in each other')
  const submodules = await submodulesOf(client, { address, key, hash })
  const { policy = {} } = remote.context
  for (const { path, address } of submodules) obeyFrom(policy, `submodule ${path}:`, address.url)
  for (const submodule of submodules) await bringSubmodule(submodule, remote, depth + 1)
}

async function bringSubmodule(submodule: Submodule, outer: Remote, depth: number): Promise<void> {
  const { path, hash: wanted, address, key } = submodule
  const user = outer.context.isolation?.user
  const tree = await openFolder(outer.tree, path, user)
  const kept = await prepareTree(tree, user)
  await outer.log.line(`Submodule ${path}: ${address.url}`)
  const wish = {
    url: address.url,
    branch: '',
    wanted,
    depth: outer.context.settings.git_depth ?? 1,
  }
  // Once it has come to submodules, the git program is there and brings all of them.
  const settings = { ...outer.context.settings, git_client: 'cmd_git' as const }
  const context = { ...outer.context, settings }
  await checkOutTree(wish, { ...outer, context, address, key, tree }, kept, depth)
}

async function withProgram<T>(remote: Remote, work: (client: BinaryClient) => Promise<T>) {
  const program = await openProgram(remote)
  try {
    return await work(program)
  } finally {
    await program.close()
  }
}

function patienceOf({ context, signal, log }: Remote): Patience {
  const { clock, random, settings } = context
  return { tries: settings.git_attempts ?? 4, clock, random, signal, log }
}

/** '' for what is no plain file: a link is not followed. */
function text(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, 'utf8') : ''
}

/** What is wrong lies in our own folder: a killed git, a task that played with .git, a bad disk. */
function isDamage(error: unknown, signal: AbortSignal): boolean {
  return !signal.aborted && (!(error instanceof AppError) || error.code === 'damaged')
}

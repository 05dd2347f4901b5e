/** Which commit a task wants, and how it gets here with as little as the server allows. */
import { AppError } from '../../../lib/errors.ts'
import type { JobLog } from '../log.ts'
import type { GitClient } from './client.ts'

export interface Wish {
  url: string
  /** A branch or a tag; '' is the remote's HEAD. */
  branch: string
  /** A full or short hash; '' is the tip of the branch. */
  wanted: string
  /** How many commits of history are fetched; 0 is all. */
  depth: number
}

/** Makes sure that the commit is here; returns its full hash. */
export async function bring(client: GitClient, wish: Wish, log: JobLog): Promise<string> {
  const { url, branch, wanted } = wish
  const known = wanted === '' ? undefined : await byHash(client, wish)
  if (known) return known
  const remote = await client.resolve(
    branch ? [`refs/heads/${branch}`, `refs/tags/${branch}`] : ['HEAD'],
  )
  if (!remote) {
    throw new AppError('repository', `${url}: has no ${branch ? `branch ${branch}` : 'commits'}`, {
      fix: 'check the branch of the repository, template and task',
    })
  }
  const here = await client.find(remote.hash)
  const tip = here ?? (await fetchTip(client, remote.ref, wish, log))
  const commit = await client.find(wanted || tip || remote.hash)
  if (commit) return commit
  if (wanted) {
    await log.line(`Commit ${wanted} is not at the tip; fetching the whole history`)
    await client.fetch('all', 0)
    const found = await client.find(wanted)
    if (found) return found
  }
  throw new AppError('repository', `commit ${wanted || remote.hash}: not found in ${url}`)
}

/** By its full hash alone; many servers give a commit that is not the tip of anything, others refuse. */
async function byHash(client: GitClient, { wanted, depth }: Wish): Promise<string | undefined> {
  if (wanted.length < 40) return undefined
  const here = await client.find(wanted)
  if (here || depth === 0) return here
  try {
    await client.fetch(wanted, depth)
    return await client.find(wanted)
  } catch (error) {
    if (error instanceof AppError && error.code === 'repository') return undefined
    throw error
  }
}

async function fetchTip(
  client: GitClient,
  ref: string,
  { url, depth }: Wish,
  log: JobLog,
): Promise<string | undefined> {
  if (depth === 0) return client.fetch(ref, 0)
  try {
    return await client.fetch(ref, depth)
  } catch (error) {
    // "dumb http transport does not support shallow capabilities", "Server does not support shallow .."
    if (!(error instanceof AppError) || !/shallow|depth/i.test(error.message)) throw error
    await log.line(`${url}: the server has no shallow fetch; fetching the whole history`)
    return client.fetch(ref, 0)
  }
}

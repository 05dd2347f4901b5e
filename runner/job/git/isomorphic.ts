/** isomorphic-git, for http(s): needs no program on the runner. It loads slowly, so on demand. */
import * as fs from 'node:fs'
import { basename, join } from 'node:path'
import git from 'isomorphic-git'
import { AppError, lineOf, systemCode } from '../../../lib/errors.ts'
import type { Login } from '../../../lib/git/address.ts'
import { type GitClient, wholeHistory } from './client.ts'
import { httpClient } from './http-client.ts'

export interface IsomorphicOptions {
  tree: string
  url: string
  login: Login | undefined
  signal: AbortSignal
}

export async function openIsomorphic(options: IsomorphicOptions): Promise<GitClient> {
  const { tree: dir, url, login, signal } = options
  const remote = { url, http: httpClient(signal), ...access(login) }
  const local = { fs, dir, cache: {} }
  const reach = <T>(work: Promise<T>): Promise<T> => abortable(work.catch(explain(url)), signal)

  const one = { singleBranch: true, tags: false }

  await git.init({ fs, dir })
  const branches = '+refs/heads/*:refs/remotes/origin/*'
  await git.setConfig({ fs, dir, path: 'remote.origin.fetch', value: branches })
  return {
    async resolve(refs) {
      const found = await reach(git.listServerRefs({ ...remote, protocolVersion: 1 }))
      const known = new Map(found.map(({ ref, oid }) => [ref, oid]))
      const ref = refs.find((name) => known.has(name))
      return ref === undefined ? undefined : { ref, hash: known.get(ref) as string }
    },
    async find(hash) {
      try {
        const oid = hash.length < 40 ? await git.expandOid({ ...local, oid: hash }) : hash
        return (await git.readCommit({ ...local, oid })).oid
      } catch {
        return undefined
      }
    },
    async fetch(ref, history) {
      const what = ref === 'all' ? { tags: true } : { remoteRef: ref, ...one, ...had(dir, ref) }
      const depth = depthOf(dir, history, 'ref' in what)
      const work = git.fetch({ ...local, ...remote, ...what, ...depth, remote: 'origin' })
      return (await reach(work)).fetchHead ?? undefined
    },
    async checkout(hash) {
      const work = git.checkout({ ...local, ref: hash, force: true, track: false })
      await abortable(work.catch(ofTheFirstFile), signal)
    },
    async tracked(name) {
      const files = await git.listFiles({ ...local })
      return files.filter((path) => basename(path) === name)
    },
    async message(hash) {
      const { commit } = await git.readCommit({ ...local, oid: hash })
      return commit.message.split('\n')[0] ?? ''
    },
  }
}

/** The name that an earlier fetch of a branch has left: without it all of it would come each time. */
function had(dir: string, ref: string): { ref?: string } {
  const name = ref.replace(/^refs\/heads\//, 'refs/remotes/origin/')
  return name !== ref && fs.existsSync(join(dir, '.git', name)) ? { ref: name } : {}
}

/**
 * A server that is told a depth sends every file of the commit anew, since the library knows no thin
 * packs. So an update of a branch is asked for without one: it brings the commits since the last.
 */
function depthOf(dir: string, history: number, update: boolean): { depth?: number } {
  if (history > 0) return update ? {} : { depth: history }
  return fs.existsSync(join(dir, '.git/shallow')) ? { depth: wholeHistory } : {}
}

function access(login: Login | undefined) {
  if (!login) return {}
  return { onAuth: () => login, onAuthFailure: () => ({ cancel: true }) }
}

/** The library tries every file, and throws all errors in one that says nothing. */
function ofTheFirstFile(error: { errors?: readonly unknown[] }): never {
  throw error.errors?.[0] ?? error
}

/** A fetch of the library may never settle (its issue 654); a cancel must not wait for it. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), over)
  })
  try {
    return await Promise.race([work, aborted])
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    over.abort()
    work.catch(() => {})
  }
}

/** System errors of the way to the far side; others are of our own disk. */
const network = /^E(CONN|TIMEDOUT|AI_AGAIN|NOTFOUND|PIPE|HOST|NET|PROTO)|^ERR_STREAM_PREMATURE/

function explain(url: string) {
  return (error: unknown): never => {
    if (error instanceof AppError) throw error
    const code = systemCode(error)
    const status = (error as { data?: { statusCode?: number } }).data?.statusCode
    if (code === 'UserCanceledError' || status === 401 || status === 403) {
      throw new AppError('repository', `${url}: authentication failed`, {
        fix: 'check the access key of the repository',
        cause: error,
      })
    }
    if (code === 'RemoteCapabilityError')
      throw new AppError('repository', `${url}: ${lineOf(error)}`)
    if (status === 404) {
      throw new AppError('repository', `${url}: not found`, {
        fix: 'check the URL, and whether its access key may read it',
        cause: error,
      })
    }
    // Neither an answer of the far side nor a network's error: it is our own folder.
    const passes = status === undefined ? network.test(code ?? '') : status >= 429
    const kind = passes ? 'unavailable' : status === undefined ? 'damaged' : 'repository'
    throw new AppError(kind, `${url}: ${lineOf(error)}`, { cause: error })
  }
}

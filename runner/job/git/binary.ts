/**
 * The git binary, for ssh, file and git URLs and for `git_client: "cmd_git"`. It follows no submodule,
 * and gets URLs after `--` only.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, type ErrorCode } from '../../../lib/errors.ts'
import { gitEnv, gitSettings, passing } from '../../../lib/git/program.ts'
import { runTool, type ToolResult } from '../../../lib/tool.ts'
import type { TaskUser } from '../isolation.ts'
import type { JobLog } from '../log.ts'
import type { Access } from './access.ts'
import { type GitClient, wholeHistory } from './client.ts'

export interface BinaryOptions {
  tree: string
  url: string
  /** The one protocol that may be spoken: https, ssh, .. */
  protocol: string
  access: Omit<Access, 'close'>
  log: JobLog
  user: TaskUser | undefined
  signal: AbortSignal
}

/** What only the git program is asked for. */
export interface BinaryClient extends GitClient {
  /** The submodules of a commit: where, and at which commit of theirs. */
  links(hash: string): Promise<{ path: string; hash: string }[]>
  /** What a file of a commit in git's own format of settings says; nothing if there is none. */
  settings(hash: string, file: string): Promise<[name: string, value: string][]>
  /** By git-lfs, from the LFS server at `place`, or where the repository's URL leads. */
  pullLargeFiles(place: string | undefined): Promise<void>
}

export async function openBinary(options: BinaryOptions): Promise<BinaryClient> {
  const { tree, url, protocol, access, log, user, signal } = options
  const settings = gitSettings(protocol, access.config)
  const env = { ...gitEnv(protocol), ...access.env }

  const git = (...args: string[]): Promise<ToolResult> =>
    runTool('git', [...settings, ...args], {
      cwd: tree,
      env,
      user,
      signal,
      fix: 'install git',
    })
  const must = async (...args: string[]): Promise<string> => {
    const result = await git(...args)
    const notice = access.notice?.(result.stderr)
    if (notice !== undefined) await log.line(notice)
    if (!result.ok) throw access.refusal?.(result.stderr) ?? failure(result.stderr, url)
    return result.stdout.trim()
  }
  const find = async (hash: string): Promise<string | undefined> => {
    const result = await git(
      'rev-parse',
      '--quiet',
      '--verify',
      '--end-of-options',
      `${hash}^{commit}`,
    )
    return result.ok ? result.stdout.trim() : undefined
  }

  await must('init', '--quiet', '--template=')
  return {
    find,
    async resolve(refs) {
      const lines = (await must('ls-remote', '--', url, ...refs)).split('\n')
      const known = new Map(lines.map((line) => line.split('\t').reverse() as [string, string]))
      const ref = refs.find((name) => known.has(name))
      return ref === undefined ? undefined : { ref, hash: known.get(ref) as string }
    },
    async fetch(ref, depth) {
      const shallow = existsSync(join(tree, '.git/shallow'))
      const history = depth > 0 ? depth : shallow ? wholeHistory : undefined
      const options = ['--quiet', '--no-tags', '--no-recurse-submodules']
      if (history !== undefined) options.push(`--depth=${history}`)
      await must('fetch', ...options, '--', url, ...specs(ref))
      return ref === 'all' ? undefined : find(isHash(ref) ? ref : kept(ref))
    },
    async checkout(hash) {
      const { ok, stderr } = await git('checkout', '--quiet', '--force', '--detach', hash)
      // Nothing but our own folder is in play here.
      if (!ok) throw new AppError('damaged', failure(stderr, url).message)
    },
    async tracked(name) {
      return listed(await must('ls-files', '-z', '--', `:(glob)**/${name}`))
    },
    async links(hash) {
      const lines = listed(await must('ls-tree', '-r', '-z', '--full-tree', hash))
      const found = lines.map((line) => /^160000 commit ([0-9a-f]+)\t(.+)$/s.exec(line))
      return found.flatMap((match) =>
        match ? { hash: match[1] as string, path: match[2] as string } : [],
      )
    },
    async settings(hash, file) {
      const blob = `--blob=${hash}:${file}`
      if (!(await git('cat-file', '-e', `${hash}:${file}`)).ok) return []
      const entries = listed(await must('config', blob, '--no-includes', '--null', '--list'))
      return entries.map((entry) => {
        const end = entry.indexOf('\n')
        return end < 0 ? [entry, ''] : [entry.slice(0, end), entry.slice(end + 1)]
      })
    },
    async pullLargeFiles(place) {
      const at = place === undefined ? `remote.origin.url=${url}` : `lfs.url=${place}`
      const config = [at, ...largeFileFilter].flatMap((setting) => ['-c', setting])
      const result = await git(...config, 'lfs', 'pull')
      if (result.ok) return
      if (/'lfs' is not a git command/.test(result.stderr)) {
        throw new AppError('tool', 'git-lfs: not found on this runner', { fix: 'install git-lfs' })
      }
      throw access.refusal?.(result.stderr) ?? failure(result.stderr, url)
    },
    message: (hash) => must('log', '-1', '--format=%s', hash, '--'),
  }
}

/** What `git lfs install` writes: git-lfs leaves the pointers where it does not find it. */
const largeFileFilter = [
  'filter.lfs.clean=git-lfs clean -- %f',
  'filter.lfs.smudge=git-lfs smudge -- %f',
  'filter.lfs.process=git-lfs filter-process',
]

/** What `-z` separates. */
function listed(text: string): string[] {
  return text.split('\0').filter((part) => part !== '')
}

function specs(ref: string | 'all'): string[] {
  if (ref === 'all') return ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*']
  return [isHash(ref) ? ref : `+${ref}:${kept(ref)}`]
}

function isHash(ref: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(ref)
}

/** Fetched tips stay named, so that later fetches bring only what is new. */
function kept(ref: string): string {
  return `refs/outstation/${ref.replace(/^refs\//, '')}`
}

function kindOf(stderr: string): ErrorCode {
  if (passing.test(stderr)) return 'unavailable'
  return damage.test(stderr) ? 'damaged' : 'repository'
}

/** What git says of a repository of ours that is broken. */
const damage =
  /bad object|corrupt|did not send all necessary|unable to (read|parse|create)|not a git repository|index file|cannot lock ref|bad (signature|tree|config|index)/i

/** git's own sentence is its last `fatal:` or `error:` line; ssh speaks before it. */
function failure(stderr: string, url: string): AppError {
  if (/authentication failed|could not read (username|password)/i.test(stderr)) {
    return new AppError('repository', `${url}: authentication failed`, {
      fix: 'check the access key of the repository',
    })
  }
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const ssh = lines.find((line) => /permission denied|host key verification|port \d+:/i.test(line))
  // index-pack names what it will not take, and then says that it failed.
  const fsck = lines.find((line) => /^error: object [0-9a-f]+: /.test(line))
  const told = lines.filter((line) => /^(fatal|error|remote): /.test(line)).at(-1)
  const text = (ssh ?? fsck ?? told ?? lines.at(-1) ?? 'git failed without a word').trim()
  return new AppError(kindOf(stderr), text)
}

/**
 * The git binary, for ssh, file and git URLs and for `git_client: "cmd_git"`. It reads no
 * configuration but what stands here, speaks no protocol but the URL's own, runs no hook, follows no
 * submodule, asks nobody, and gets URLs after `--` only (CVE-2018-17456, CVE-2022-24765,
 * CVE-2022-39253, CVE-2024-32002, CVE-2025-48384).
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, type ErrorCode } from '../../../lib/errors.ts'
import type { TaskUser } from '../isolation.ts'
import type { JobLog } from '../log.ts'
import { runTool, type ToolResult } from '../tool.ts'
import type { Access } from './access.ts'
import { type GitClient, passing, wholeHistory } from './client.ts'

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

const safe = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'protocol.allow=never',
  'transfer.fsckObjects=true',
  'credential.helper=',
  'gc.auto=0',
  'advice.detachedHead=false',
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
]

/** The runner's own variables that git may see: how to reach the network from here. */
const forwarded =
  /^(PATH|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|all_proxy|ALL_PROXY|SSL_CERT_(FILE|DIR)|GIT_SSL_CAINFO|GIT_SSL_CAPATH)$/

export type BinaryClient = GitClient

export async function openBinary(options: BinaryOptions): Promise<BinaryClient> {
  const { tree, url, protocol, access, log, user, signal } = options
  const settings = [...safe, `protocol.${protocol}.allow=always`, ...access.config]
  const env = { ...gitEnv(protocol), ...access.env }

  const git = (...args: string[]): Promise<ToolResult> =>
    runTool('git', [...settings.flatMap((setting) => ['-c', setting]), ...args], {
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
      await must('checkout', '--quiet', '--force', '--detach', hash)
    },
    message: (hash) => must('log', '-1', '--format=%s', hash, '--'),
  }
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

function gitEnv(protocol: string): Record<string, string> {
  const passed = Object.entries(process.env).filter(
    (entry): entry is [string, string] => forwarded.test(entry[0]) && entry[1] !== undefined,
  )
  return {
    ...Object.fromEntries(passed),
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: protocol,
  }
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
  const told = lines.filter((line) => /^(fatal|error|remote): /.test(line)).at(-1)
  const text = (ssh ?? told ?? lines.at(-1) ?? 'git failed without a word').trim()
  return new AppError(kindOf(stderr), text)
}

/** All that a job is given from outside; the rest it makes itself and takes away again. */
import type { Part } from '../../broker/chunk.ts'
import type { Clock } from '../../lib/clock.ts'
import type { BerthStock } from './berth.ts'
import type { Isolation } from './isolation.ts'
import type { Place } from './place.ts'
import type { Policy } from './policy.ts'

/** The part of the runner's configuration that a job needs; the names are Semaphore's. */
export interface JobSettings {
  /** `go_git` and nothing given mean isomorphic-git for http(s); `cmd_git` the git binary for all. */
  git_client?: 'go_git' | 'cmd_git' | 'isomorphic' | undefined
  /** How often a fetch is tried when the link or the server fails. Default 4. */
  git_attempts?: number | undefined
  /** How many commits of history a clone has; 0 is all. Default 1. */
  git_depth?: number | undefined
  /** Passed to ssh as `-F`. */
  ssh_config_path?: string | undefined
  /** A host whose key is not pinned is refused. Default: it is pinned at its first use. */
  ssh?: { strict_host_key_checking: boolean } | undefined
  /** Set for every task, whatever their name: the runner's owner may do what tasks may not. */
  env_vars?: Readonly<Record<string, string>> | undefined
  /** Names of the runner's own variables that tasks get too. */
  forwarded_env_vars?: readonly string[] | undefined
  /** Another program or leading arguments for an app, or an app of the owner's own, by its name. */
  apps?: Readonly<Record<string, AppSettings>> | undefined
  /** Less than what a job allows of files that come back. */
  artifacts?: ArtifactLimits | undefined
  /** false: a repository whose `git_url` is a path on this machine is refused. Default true. */
  allow_local_repositories?: boolean | undefined
}

export interface ArtifactLimits {
  max_file_mb?: number | undefined
  max_total_mb?: number | undefined
  max_files?: number | undefined
}

export interface AppSettings {
  /** false: this runner does not run it. */
  active?: boolean | undefined
  path?: string | undefined
  args?: readonly string[] | undefined
}

/** Where the masked log goes, and the files that come back. */
export interface JobSink {
  /** While it does not resolve, no pipe and no file is read on. @param part what is none of the log */
  write(bytes: Uint8Array, part?: Part): Promise<void>
  /** Whether its disk can take so many bytes; left out = it can. */
  hasRoom?(bytes: number): Promise<boolean>
}

export interface JobContext {
  /** Work trees are kept below this folder between tasks. */
  tmpPath: string
  /** Where git's ssh host keys are pinned. It must survive reboots, as `tmpPath` may not. */
  knownHosts: string
  settings: JobSettings
  /** Nothing beyond the environment where it is left out. */
  isolation?: Isolation | undefined
  /** Everything is allowed where it is left out. */
  policy?: Policy | undefined
  log: JobSink
  /** Aborted with a CancelCause as its reason. */
  cancel: AbortSignal
  /** Asks a person whether to go on; called at most once. Waits for as long as that takes. */
  confirm(): Promise<boolean>
  clock: Clock
  /** 0 <= random() < 1 */
  random: () => number
  /** Made ahead; the job closes it. Without it the job makes its own. */
  place?: Place | undefined
  /** Made once for all jobs of a runner; without it each job makes its own while it prepares. */
  berths?: BerthStock | undefined
  /** How long TERM may take before KILL, ms. Default 10,000. */
  graceMs?: number | undefined
}

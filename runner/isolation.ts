/**
 * The owner's `process` settings made ready at the start. What is asked for and cannot be had here
 * stops the runner: it is never silently weaker.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AppError } from '../lib/errors.ts'
import type { RunnerConfig } from './config.ts'
import { openCgroup } from './job/cgroup.ts'
import type { Isolation, TaskUser } from './job/isolation.ts'
import { prepareLimits } from './job/limits.ts'
import { ownerStamp } from './job/owner.ts'
import { passage } from './job/private-folder.ts'

type Settings = RunnerConfig['process']
type Namespace = keyof Settings['app_namespaces']

export interface SettledIsolation extends Isolation {
  /** Where the work folders are: below `tmp_path` one for each user, so that they never mix. */
  tmpPath: string
}

/** `pid` brings its own /proc with it, and thus its own mounts. */
const unshareFlags: Record<Namespace, string[]> = {
  user: ['--user', '--map-current-user'],
  mount: ['--mount'],
  pid: ['--pid', '--fork', '--kill-child', '--mount-proc'],
  ipc: ['--ipc'],
  uts: ['--uts'],
}

/**
 * The first process of a pid namespace gets no signal that it does not handle: this one is there
 * for the task, so that TERM still ends it.
 */
const init = ['/bin/sh', '-c', '"$@"; exit $?', 'outstation-init']

/** @throws AppError `config`, which names the setting and what is missing */
export function settleIsolation(
  settings: Settings,
  limits: RunnerConfig['runner']['limits'],
  tmpPath: string,
): SettledIsolation {
  const user = taskUser(settings)
  const wrapper = wrapperOf(settings, user)
  const isolation = { user, wrapper, limits: prepareLimits(limits) }
  tryOut(isolation, 'process', ['/bin/true'])
  if (isolation.limits.length > 0) openCgroup(`trial-${ownerStamp}`, isolation.limits)?.close()
  return { ...isolation, tmpPath: user ? foldersOf(user, isolation, tmpPath) : tmpPath }
}

/** undefined: the runner's own user. */
function taskUser({ user, uid, gid }: Settings): TaskUser | undefined {
  if (user === undefined && uid === undefined && gid === undefined) return undefined
  const me = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
  const named = user === undefined ? uid : idOf('process.user', '-u', user)
  if (uid !== undefined && named !== uid) {
    throw refused('process.uid', `the uid of ${user}, ${named}`, String(uid))
  }
  const wanted = {
    uid: named ?? me.uid,
    gid: gid ?? (named === undefined ? me.gid : idOf('process.gid', '-g', user ?? String(named))),
  }
  if (wanted.uid === me.uid && wanted.gid === me.gid) return undefined
  if (me.uid !== 0) {
    throw refused('process.user', 'a runner that root has started', `uid ${me.uid}`)
  }
  return wanted
}

function idOf(setting: string, flag: '-u' | '-g', name: string): number {
  const { stdout, status } = spawnSync('id', [flag, '--', name], { encoding: 'utf8' })
  if (status === 0) return Number(stdout)
  const fix = flag === '-g' ? 'set process.gid' : 'make the user, or set process.uid'
  throw refused(setting, 'a user of this machine', name, fix)
}

function wrapperOf(settings: Settings, user: TaskUser | undefined): string[] {
  const { no_new_privs: noNewPrivs, app_namespaces: asked } = settings
  const names = Object.keys(unshareFlags) as Namespace[]
  const wanted = new Set(names.filter((name) => asked[name]))
  // Who is not root may make the others only in a user namespace of his own.
  if (wanted.size > 0 && (user !== undefined || process.getuid?.() !== 0)) wanted.add('user')
  const flags = names.filter((name) => wanted.has(name)).flatMap((name) => unshareFlags[name])
  return [
    ...(flags.length > 0 ? [find('unshare', 'process.app_namespaces'), ...flags, '--'] : []),
    ...(noNewPrivs ? [find('setpriv', 'process.no_new_privs'), '--no-new-privs', '--'] : []),
    ...(wanted.has('pid') ? init : []),
  ]
}

/** By its full path: a task may set a PATH of its own. */
function find(program: string, setting: string): string {
  const places = (process.env.PATH ?? '/usr/bin:/bin').split(':')
  const found = places.map((place) => resolve(place, program)).find(existsSync)
  if (found !== undefined) return found
  throw refused(setting, `the program ${program} on this machine`, 'none', 'install util-linux')
}

/** The folders above the work trees let the task's user through, and nobody else. */
function foldersOf(user: TaskUser, isolation: Isolation, tmpPath: string): string {
  mkdirSync(tmpPath, { recursive: true, mode: 0o711 })
  const { uid, mode } = statSync(tmpPath)
  if (uid === process.getuid?.() && (mode & 0o001) === 0) chmodSync(tmpPath, mode | 0o011)
  const work = passage(join(tmpPath, `uid_${user.uid}`), user)
  tryOut(isolation, 'tmp_path', ['/usr/bin/test', '-x', work], 'choose one that it may enter')
  tryOut(isolation, 'process.user', ['/usr/bin/env', 'git', '--version'], 'install git')
  return work
}

/** Runs a harmless command as the commands of tasks will be run. */
function tryOut({ user, wrapper }: Isolation, setting: string, command: string[], fix?: string) {
  if (user === undefined && wrapper.length === 0) return
  const [program, ...args] = [...wrapper, ...command] as [string, ...string[]]
  const { status, stderr, error } = spawnSync(program, args, { ...user, cwd: '/', timeout: 10_000 })
  if (status === 0) return
  const said = error?.message ?? (stderr.toString().trim().split('\n')[0] || `exit code ${status}`)
  const who = user ? ` as uid ${user.uid}` : ''
  throw refused(setting, `that this works${who}: ${command.join(' ')}`, said, fix)
}

function refused(setting: string, expected: string, got: string, fix?: string): AppError {
  return new AppError('config', `${setting}: expected ${expected}, got ${got}`, fix ? { fix } : {})
}

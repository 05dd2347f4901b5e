/** What this machine has: programs, room, folders that can be written, files that are private. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { lineOf } from '../../lib/errors.ts'
import { isLow, spaceAt } from '../../lib/free-space.ts'
import type { RunnerConfig } from '../config.ts'
import { appNamed, appNames } from '../job/apps/index.ts'
import { isThere } from '../job/program.ts'
import { loadPolicy } from '../policy.ts'
import { type Finding, failed } from './finding.ts'

export async function* examineMachine(config: RunnerConfig): AsyncGenerator<Finding> {
  yield* examineTools(config)
  yield examineGit(config)
  const { data_dir: dataDir, token_file, keys_file } = config.runner
  for (const [setting, folder] of [
    ['runner.data_dir', dataDir],
    ['tmp_path', config.tmp_path],
  ] as const) {
    const base = standing(folder)
    yield examineFolder(setting, folder, base)
    yield await examineRoom(base, config)
  }
  yield* [config.file, token_file, keys_file].flatMap((file) => examinePrivacy(file, config))
}

/** What the owner has named must be there; of the rest a line is enough. */
function* examineTools({ apps, env_vars, runner }: RunnerConfig): Generator<Finding> {
  const path = pathOf(env_vars)
  let wanted: readonly string[]
  try {
    wanted = loadPolicy(runner.policy_file)?.apps ?? Object.keys(apps)
  } catch (error) {
    yield failed('policy', error)
    return
  }
  const absent: string[] = []
  const present: string[] = []
  for (const name of appNames(apps).filter((one) => apps[one]?.active !== false)) {
    const { program, fix } = appNamed(name, apps)
    const tool = apps[name]?.path || program
    if (isThere(tool, '/', path)) present.push(tool)
    else if (!wanted.includes(name)) absent.push(name)
    else yield { check: 'tools', state: 'failed', says: `app ${name}: ${tool} is not on PATH`, fix }
  }
  yield {
    ...{ check: 'tools', state: present.length > 0 ? 'ok' : 'note' },
    says: `on PATH: ${present.join(', ') || 'none'}${absent.length > 0 ? `; no task can be run of ${absent.join(', ')}` : ''}`,
  }
}

function examineGit({ git_client, env_vars }: RunnerConfig): Finding {
  const path = pathOf(env_vars)
  const absent = ['git', 'ssh', 'ssh-agent'].filter((program) => !isThere(program, '/', path))
  if (absent.length === 0) return { check: 'git', state: 'ok', says: 'git and ssh are on PATH' }
  const needed = git_client === 'cmd_git' && absent.includes('git')
  return {
    ...{ check: 'git', state: needed ? 'failed' : 'note' },
    says: `not on PATH: ${absent.join(', ')}; ${needed ? 'git_client is cmd_git' : 'only http(s) repositories without submodules can be fetched'}`,
    fix: 'install git and openssh-client',
  }
}

function examineFolder(setting: string, folder: string, base: string): Finding {
  const check = 'folders'
  try {
    if (!statSync(base).isDirectory()) throw new Error(`${base} is no folder`)
    accessSync(base, constants.W_OK | constants.X_OK)
    const says = base === folder ? `${folder} can be written` : `${folder} can be made`
    return { check, state: 'ok', says }
  } catch (error) {
    const says = `${setting}: ${folder} cannot be written: ${lineOf(error)}`
    const fix = `make it, and let uid ${process.getuid?.()} write there; or set ${setting}`
    return { check, state: 'failed', says, fix }
  }
}

async function examineRoom(base: string, { disk }: RunnerConfig): Promise<Finding> {
  const check = 'disk'
  const space = await spaceAt(base)
  if (space === undefined) return { check, state: 'note', says: `${base}: its room is not known` }
  const free = `${Math.floor(space.free / 1_048_576)} MB`
  if (!isLow(space, disk.min_free_mb * 1_048_576)) {
    return { check, state: 'ok', says: `${free} free at ${base}` }
  }
  const says = `only ${free} free at ${base}: the runner takes no task`
  return { check, state: 'failed', says, fix: 'free some space there, or set disk.min_free_mb' }
}

/** Of the configuration only where it holds the token itself. */
function examinePrivacy(file: string | undefined, { file: own, runner }: RunnerConfig): Finding[] {
  if (file === undefined || !existsSync(file) || process.platform === 'win32') return []
  if (file === own && runner.token === undefined) return []
  const check = 'files'
  const { mode } = statSync(file)
  if ((mode & 0o077) === 0) return [{ check, state: 'ok', says: `${file} is private` }]
  const says = `${file} holds secrets, and others may read or change it`
  return [{ check, state: 'failed', says, fix: `run: chmod 600 ${file}` }]
}

/** The folder itself, else the nearest one above it that there is. */
function standing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : standing(dirname(folder))
}

function pathOf(env: Readonly<Record<string, string>>): string {
  return env.PATH ?? process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'
}

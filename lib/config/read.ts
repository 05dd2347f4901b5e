/** Step 1 of a configuration: touch the disk and the environment once. Step 2 (`check.ts`) is pure. */
import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AppError, systemCode } from '../errors.ts'
import { type Content, endings, formatOf } from './format.ts'
import { ConfigError } from './problems.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** What a configuration is made of. Tests write one by hand: `{ value: {...}, env: {} }`. */
export interface Source {
  /** Absolute path of the file; undefined when there is none. */
  file?: string | undefined
  /** What the file says, unchecked. */
  value: unknown
  /** Dotted path of each setting -> its line in the file. */
  lines?: Content['lines']
  /** Permission bits of the file, where the system has them. */
  mode?: number | undefined
  env: Env
}

export interface ReadOptions {
  /** From `--config`; undefined = search; false = `--no-config`, the environment alone. */
  configFile?: string | false | undefined
  /** server | runner: names the file that is searched for. */
  role: string
  env: Env
}

/** @throws ConfigError at a mistake of syntax; AppError `config` if there is no file to read. */
export function readSource({ configFile, role, env }: ReadOptions): Source {
  const named = configFile ?? env.OUTSTATION_CONFIG_PATH ?? env.SEMAPHORE_CONFIG_PATH
  if (named === false) return { value: {}, env }
  const stems = places(role, env)
  const candidates = named
    ? [resolve(named)]
    : stems.flatMap((stem) => endings.map((ending) => stem + ending))
  for (const file of candidates) {
    const text = textOf(file)
    if (text === undefined) continue
    const mode = process.platform === 'win32' ? undefined : statSync(file).mode & 0o777
    return { file, ...parseText(file, text), mode, env }
  }
  const sought = named ? candidates.join() : stems.map((stem) => `${stem}.json`).join(', ')
  throw new AppError(
    'config',
    `configuration: expected a file, got none at ${sought}${named ? '' : ' (or .yaml, .yml)'}`,
    {
      fix: `give --config FILE, or make one with \`outstation ${role === 'runner' ? 'runner ' : ''}setup\``,
    },
  )
}

/**
 * Where the configuration of a role is looked for when no file is named, in this order and without
 * the ending: Semaphore's places, and Outstation's own before those that it shares with Semaphore.
 */
export function places(role: string, env: Env): string[] {
  const folder = homeFolder(env)
  return [
    resolve('config'),
    ...(folder === undefined ? [] : [join(folder, role)]),
    join('/etc/outstation', role),
    '/usr/local/etc/semaphore/config',
    '/etc/semaphore/config',
  ]
}

/** Where `setup` writes the configuration of a role when no file is named. */
export function usualPlace(role: string, env: Env): string {
  return join(homeFolder(env) ?? '/etc/outstation', `${role}.json`)
}

function homeFolder(env: Env): string | undefined {
  const home = env.XDG_CONFIG_HOME || (env.HOME ? join(env.HOME, '.config') : undefined)
  return home && join(home, 'outstation')
}

/** @throws ConfigError at a mistake of syntax */
export function parseText(file: string, text: string): Content {
  const content = formatOf(file).parse(text)
  if ('expected' in content) throw new ConfigError(file, [content])
  return content
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw new AppError('config', `${file}: cannot be read (${systemCode(error)})`, { cause: error })
  }
}

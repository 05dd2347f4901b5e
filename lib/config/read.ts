/** Step 1 of a configuration: touch the disk and the environment once. Step 2 (`check.ts`) is pure. */
import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { AppError, systemCode } from '../errors.ts'
import { ConfigError, type Problem } from './problems.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** What a configuration is made of. Tests write one by hand: `{ value: {...}, env: {} }`. */
export interface Source {
  /** Absolute path of the file; undefined when there is none. */
  file?: string | undefined
  /** What the file says, unchecked. */
  value: unknown
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
  const candidates = named ? [resolve(named)] : places(role, env)
  for (const file of candidates) {
    const text = textOf(file)
    if (text === undefined) continue
    const mode = process.platform === 'win32' ? undefined : statSync(file).mode & 0o777
    return { file, value: parseText(file, text), mode, env }
  }
  throw new AppError(
    'config',
    `configuration: expected a file, got none at ${candidates.join(', ')}`,
    {
      fix: `give --config FILE, or make one with \`outstation ${role === 'runner' ? 'runner ' : ''}setup\``,
    },
  )
}

/** Where the configuration of a role is looked for when no file is named, in this order. */
export function places(role: string, env: Env): string[] {
  const home = env.XDG_CONFIG_HOME || (env.HOME ? join(env.HOME, '.config') : undefined)
  return [
    ...(home ? [join(home, 'outstation', `${role}.json`)] : []),
    join('/etc/outstation', `${role}.json`),
  ]
}

/** JSON with comments and trailing commas as a value; `file` is for the error. */
export function parseText(file: string, text: string): unknown {
  const errors: ParseError[] = []
  const plain = text.replace(/^\uFEFF/, '')
  const value = parse(plain, errors, { allowTrailingComma: true })
  // What follows the first mistake of syntax is mostly its echo.
  const [first] = errors
  if (first !== undefined) throw new ConfigError(file, [syntax(plain, first)])
  return value
}

function syntax(text: string, { error, offset, length }: ParseError): Problem {
  const before = text.slice(0, offset).split('\n')
  const found = text.slice(offset, offset + Math.min(length, 20)).split('\n')[0]
  // `CommaExpected` -> "comma", `InvalidSymbol` -> "invalid symbol"
  const name = printParseErrorCode(error)
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
  const wanted = name.endsWith(' expected')
  return {
    path: `line ${before.length}, column ${(before.at(-1) as string).length + 1}`,
    expected: wanted ? `a ${name.slice(0, -' expected'.length)}` : 'JSON with comments',
    got: found ? JSON.stringify(found) : wanted ? 'the end' : name,
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw new AppError('config', `${file}: cannot be read (${systemCode(error)})`, { cause: error })
  }
}

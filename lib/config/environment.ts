/**
 * The environment laid over a file. A setting's variable is its path in capitals: `tls.cert_file` is
 * OUTSTATION_TLS_CERT_FILE, or SEMAPHORE_TLS_CERT_FILE. Lists and maps are JSON text, as in Semaphore.
 */
import type Type from 'typebox'
import { mayHoldSecret, type Problem, shown } from './problems.ts'
import type { Env } from './read.ts'

/** Setting -> Semaphore's name for it, where that is not its path in capitals. */
const semaphoreNames: Readonly<Record<string, string>> = {
  web_host: 'SEMAPHORE_WEB_ROOT',
  dialect: 'SEMAPHORE_DB_DIALECT',
  'sqlite.host': 'SEMAPHORE_DB_HOST',
  ssh_config_path: 'SEMAPHORE_SSH_PATH',
  'process.app_namespaces.user': 'SEMAPHORE_PROCESS_APP_NS_USER',
  'process.app_namespaces.mount': 'SEMAPHORE_PROCESS_APP_NS_MOUNT',
  'process.app_namespaces.pid': 'SEMAPHORE_PROCESS_APP_NS_PID',
  'process.app_namespaces.ipc': 'SEMAPHORE_PROCESS_APP_NS_IPC',
  'process.app_namespaces.uts': 'SEMAPHORE_PROCESS_APP_NS_UTS',
  'runner.connection.server_ca_cert_file': 'SEMAPHORE_RUNNER_SERVER_CA_CERT_FILE',
}

export interface Overlaid {
  value: unknown
  /** Setting -> the variable that gave it, for errors. */
  origin: ReadonlyMap<string, string>
  problems: Problem[]
}

/** Sets in a copy of `value` every setting of `schema` that `env` has. The file's own value is beaten. */
export function overlay(schema: Type.TObject, value: unknown, env: Env): Overlaid {
  const copy = structuredClone(value)
  const origin = new Map<string, string>()
  const problems: Problem[] = []
  for (const [path, leaf] of leaves(schema)) {
    const name = variablesOf(path).find((candidate) => env[candidate] !== undefined)
    if (name === undefined) continue
    const parsed = fromText(leaf, env[name] as string)
    if (parsed === undefined) {
      problems.push({ path, variable: name, expected: kindOf(leaf), got: shown(path, env[name]) })
    } else if (set(copy, path.split('.'), parsed)) {
      origin.set(path, name)
    }
  }
  return { value: copy, origin, problems }
}

/** The variables of a setting; the first that is set counts. */
export function variablesOf(path: string): string[] {
  const capitals = path.replaceAll('.', '_').toUpperCase()
  return [`OUTSTATION_${capitals}`, semaphoreNames[path] ?? `SEMAPHORE_${capitals}`]
}

/** Takes out of `env` what may be a secret, so that no program that is started inherits it. */
export function forgetSecrets(schema: Type.TObject, env: Record<string, string | undefined>): void {
  for (const [path] of leaves(schema)) {
    if (mayHoldSecret(path)) for (const name of variablesOf(path)) delete env[name]
  }
}

/** Every setting of a schema that has a value of its own, by its dotted path. */
export function* leaves(schema: Type.TObject, prefix = ''): Generator<[string, Type.TSchema]> {
  for (const [key, child] of Object.entries(schema.properties)) {
    const path = prefix + key
    if ('properties' in child) yield* leaves(child as Type.TObject, `${path}.`)
    else yield [path, child]
  }
}

/** The text of a variable as the setting's kind; undefined = it cannot be one. */
function fromText(leaf: Type.TSchema, text: string): unknown {
  switch (kindOf(leaf)) {
    case 'true or false':
      if (/^(1|true|yes)$/i.test(text)) return true
      return /^(0|false|no|)$/i.test(text) ? false : undefined
    case 'an integer':
      return /^-?\d+$/.test(text) ? Number(text) : undefined
    case 'a number':
      return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
    case 'JSON':
      try {
        return JSON.parse(text)
      } catch {
        return undefined
      }
    default:
      return text
  }
}

type Kind = 'true or false' | 'an integer' | 'a number' | 'JSON' | 'text'

function kindOf(leaf: Type.TSchema): Kind {
  const type = (leaf as { type?: string }).type
  if (type === 'boolean') return 'true or false'
  if (type === 'integer') return 'an integer'
  if (type === 'number') return 'a number'
  return type === 'array' || type === 'object' ? 'JSON' : 'text'
}

/** False where the way is barred: the file has a scalar where an object belongs, which is reported. */
function set(target: unknown, [key, ...rest]: string[], value: unknown): boolean {
  if (typeof target !== 'object' || target === null || key === undefined) return false
  const object = target as Record<string, unknown>
  if (rest.length === 0) {
    object[key] = value
    return true
  }
  object[key] ??= {}
  return set(object[key], rest, value)
}

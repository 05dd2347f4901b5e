/** Step 2 of a configuration, pure: the environment laid over the file, and every mistake found. */
import type Type from 'typebox'
import { Check } from 'typebox/value'
import { leaves, overlay, variablesOf } from './environment.ts'
import { ConfigError, isSecret, meant, type Problem, shown } from './problems.ts'
import type { Source } from './read.ts'
import { idleKeys, idleVariable } from './semaphore-keys.ts'

export interface Checked<T> {
  value: T
  /** One line each, for the log. */
  warnings: string[]
}

/** @throws ConfigError with every unknown setting and every wrong value. */
export function check<S extends Type.TObject>(schema: S, source: Source): Checked<Type.Static<S>> {
  const { value, origin, problems } = overlay(schema, source.value, source.env)
  const findings: Findings = { problems, idle: idleVariables(schema, source), secrets: false }
  visit(schema, value, [], findings)
  if (problems.length > 0) {
    throw new ConfigError(
      source.file,
      problems.map((problem) => ({
        ...problem,
        line: source.lines?.get(problem.path),
        variable: problem.variable ?? origin.get(problem.path),
      })),
    )
  }
  return { value: value as Type.Static<S>, warnings: warningsOf(source, findings) }
}

interface Findings {
  problems: Problem[]
  /** Settings and variables of Semaphore that do nothing here, and why. */
  idle: [name: string, why: string][]
  /** Whether the configuration holds a secret. */
  secrets: boolean
}

function visit(schema: Type.TSchema, value: unknown, at: string[], findings: Findings): void {
  const path = at.join('.') || 'the whole'
  const inner = innerOf(schema, value)
  if (inner === undefined) {
    if (isSecret(path) && value !== '') findings.secrets = true
    if (Check(schema, value)) return
    findings.problems.push({ path, expected: expectedOf(schema), got: shown(path, value) })
    return
  }
  for (const [key, child] of Object.entries(value as object)) {
    const known = inner(key)
    // Semaphore writes null for what is not set.
    if (child === null) continue
    if (known !== undefined) visit(known, child, [...at, key], findings)
    else unknown([...at, key], Object.keys((schema as Type.TObject).properties), findings)
  }
}

/** The schema of each child of `value`; undefined where `value` is judged as a whole. */
function innerOf(
  schema: Described,
  value: unknown,
): ((key: string) => Type.TSchema | undefined) | undefined {
  const { properties, patternProperties, items } = schema
  if (Array.isArray(value)) return items && (() => items)
  if (typeof value !== 'object' || value === null) return undefined
  if (properties !== undefined) return (key) => properties[key]
  const [any] = Object.values(patternProperties ?? {})
  return any && (() => any)
}

function unknown(at: string[], known: string[], { problems, idle }: Findings): void {
  const path = at.join('.')
  const why = idleKeys.get(path)
  if (why !== undefined) return void idle.push([path, why])
  // By which an editor finds the schema of the file.
  if (path === '$schema') return
  const word = at.at(-1) as string
  const near = meant(word, known)
  problems.push({
    path,
    expected: near === undefined ? `one of ${known.join(', ')}` : 'a known setting',
    got: JSON.stringify(word),
    ...(near === undefined ? {} : { fix: `did you mean ${JSON.stringify(near)}?` }),
  })
}

/** A schema in words: its description, else what its kind says. */
function expectedOf(schema: Described): string {
  const { description, type, anyOf, minimum, maximum } = schema
  if (description !== undefined) return description
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (anyOf !== undefined) return anyOf.map(expectedOf).join(' or ')
  if (type === 'boolean') return 'true or false'
  if (type === 'array') return 'a list'
  if (type !== 'integer') return type === 'object' ? 'an object' : `a ${type}`
  const most = maximum === undefined ? ' or more' : ` to ${maximum}`
  return minimum === undefined ? 'an integer' : `an integer, ${minimum}${most}`
}

/** What a schema of TypeBox may say about itself, seen from outside. */
type Described = Type.TSchema & {
  description?: string
  type?: string
  const?: unknown
  anyOf?: Type.TSchema[]
  minimum?: number
  maximum?: number
  items?: Type.TSchema
  properties?: Record<string, Type.TSchema>
  patternProperties?: Record<string, Type.TSchema>
}

function idleVariables(schema: Type.TObject, { env }: Source): Findings['idle'] {
  const known = new Set([...leaves(schema)].flatMap(([path]) => variablesOf(path)))
  return Object.entries(env).flatMap(([name, text]) => {
    const why = known.has(name) || !text ? undefined : idleVariable(name)
    return why === undefined ? [] : [[name, why]]
  })
}

function warningsOf({ file, mode }: Source, { idle, secrets }: Findings): string[] {
  const reasons = [...new Set(idle.map(([, why]) => why))]
  const warnings = reasons.map((reason) => {
    const names = idle.filter(([, why]) => why === reason).map(([name]) => name)
    return `${names.join(', ')}: of Semaphore, without effect here: ${reason}`
  })
  if (file !== undefined && mode !== undefined && secrets && (mode & 0o077) !== 0) {
    warnings.push(`${file} holds secrets and others may read it; run: chmod 600 ${file}`)
  }
  return warnings
}

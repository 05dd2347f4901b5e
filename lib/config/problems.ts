/** What is wrong with a configuration: all of it at once, one line each. */
import { AppError } from '../errors.ts'

export interface Problem {
  /** Dotted path of the setting, e.g. `tls.cert_file`. */
  path: string
  /** Where it stands in the file. */
  line?: number | undefined
  /** The environment variable that gave the value; undefined = the file did. */
  variable?: string | undefined
  expected: string
  got: string
  /** What to do about it, where that is not plain. */
  fix?: string
}

/** Its message holds one line for each problem: a person with five mistakes edits once. */
export class ConfigError extends AppError {
  override name = 'ConfigError'
  readonly problems: readonly Problem[]

  constructor(file: string | undefined, problems: readonly Problem[]) {
    super('config', problems.map((problem) => lineOfProblem(file, problem)).join('\n'))
    this.problems = problems
  }
}

function lineOfProblem(file = 'configuration', problem: Problem): string {
  const { path, line, variable, expected, got, fix } = problem
  const place = line === undefined ? file : `${file}:${line}`
  const where = variable === undefined ? `${place}: ${path}` : `environment: ${variable}`
  return `${where}: expected ${expected}, got ${got}${fix === undefined ? '' : `; ${fix}`}`
}

/** True for settings whose value is never printed and must not be readable by others. */
export function isSecret(path: string): boolean {
  return /(token|password|secret|encryption|cookie_hash|bindpassword)$/i.test(path)
}

/** True also for settings that hold other people's secrets beside harmless text. */
export function mayHoldSecret(path: string): boolean {
  return isSecret(path) || path === 'env_vars'
}

/** A value as an error may show it: scalars as JSON, everything else and every secret as its kind. */
export function shown(path: string, value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (isSecret(path)) return `a ${typeof value} (not shown: it is a secret)`
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** The known word that `word` was probably meant to be, if any is near enough. */
export function meant(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  return near[0]?.candidate
}

/** Edit distance where swapping two neighbours counts as one edit (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    rows.push([i])
    for (let j = 1; j <= b.length; j++) {
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      rows[i]?.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return at(a.length, b.length)
}

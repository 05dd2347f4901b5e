/** The survey of a template: what whoever starts a task is asked, and what counts as an answer. */
import { AppError } from '../../lib/errors.ts'
import type { SurveyVar } from './templates.ts'

export interface Answers {
  /** Extra variables. */
  environment: Record<string, unknown>
  /** Values of survey variables of type secret: sealed, and shown to nobody. */
  secret: Record<string, string | number | boolean>
}

/**
 * The answers with defaults where there is none, each of its variable's type. A secret that came as a
 * plain variable is kept as a secret all the same. What the survey does not ask for stays as it is.
 * @throws AppError `invalid` for the first that is missing or wrong
 */
export function answersOf(survey: readonly SurveyVar[], given: Answers): Answers {
  const environment = { ...given.environment }
  const secret = { ...given.secret }
  for (const question of survey) {
    const { name, type } = question
    const value = orDefault(question, secret[name] ?? environment[name])
    if (type !== 'secret') {
      if (value !== undefined) environment[name] = checked(question, value)
      continue
    }
    delete environment[name]
    if (value !== undefined) secret[name] = String(value)
  }
  return { environment, secret }
}

function orDefault({ name, type, required, default_value }: SurveyVar, value: unknown): unknown {
  if (value !== undefined && value !== null && value !== '') return value
  if (default_value) return default_value
  if (!required) return value ?? undefined
  const field = type === 'secret' ? 'secret' : 'environment'
  throw new AppError('invalid', `${field}.${name}: expected an answer to the survey, got nothing`)
}

function checked({ name, type, values = [] }: SurveyVar, value: unknown): unknown {
  const wrong = (expected: string) => {
    const got = JSON.stringify(value).slice(0, 100)
    return new AppError('invalid', `environment.${name}: expected ${expected}, got ${got}`)
  }
  // What was not answered and need not be.
  if (value === '') return value
  if (type === 'int' || type === 'integer') {
    const plain = typeof value === 'string' || typeof value === 'number'
    if (plain && /^[+-]?\d{1,15}$/.test(String(value))) return Number(value)
    throw wrong('a whole number')
  }
  if (type === 'enum' && !values.some((one) => one.value === String(value))) {
    throw wrong(`one of ${values.map((one) => one.value).join(', ')}`)
  }
  return value
}

/** Requests held against their schemas. An error names every wrong value: path, expected, got. */
import type { FastifySchemaCompiler } from 'fastify'
import type Type from 'typebox'
import { Compile } from 'typebox/compile'
import { AppError } from '../../lib/errors.ts'

export const validatorCompiler: FastifySchemaCompiler<Type.TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema)
  return (input) => {
    const value = httpPart === 'body' ? input : fromTexts(schema, input)
    if (validator.Check(value)) return { value }
    return { error: new AppError('invalid', explain(validator.Errors(value), value).join('; ')) }
  }
}

/** Compiling takes longer than many checks. */
const validators = new WeakMap<Type.TSchema, ReturnType<typeof Compile>>()

/** What is wrong with a value, a line each: path, expected, got. */
export function faultsOf(schema: Type.TSchema, value: unknown): string[] {
  const validator = validators.get(schema) ?? Compile(schema)
  validators.set(schema, validator)
  return validator.Check(value) ? [] : explain(validator.Errors(value), value)
}

/** In a path or a query everything is text: there "12" is a number, "1.5" and "1e3" are none. */
function fromTexts(schema: Type.TSchema, input: unknown): unknown {
  const { properties = {} } = schema as { properties?: Record<string, Type.TSchema> }
  const texts = Object.entries(input as Record<string, unknown>)
  return Object.fromEntries(
    texts.map(([name, text]) => [name, fromText(properties[name] ?? {}, String(text))]),
  )
}

function fromText(schema: { type?: string }, text: string): unknown {
  if (schema.type === 'integer' && /^-?\d{1,16}$/.test(text)) return Number(text)
  if (schema.type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return text
}

type Fault = ReturnType<ReturnType<typeof Compile>['Errors']>[number]

function explain(faults: readonly Fault[], value: unknown): string[] {
  const expected = new Map<string, Set<string>>()
  for (const fault of faults.filter((one) => !isNoise(one, faults))) {
    for (const [pointer, what] of expectations(fault)) {
      expected.set(pointer, (expected.get(pointer) ?? new Set()).add(what))
    }
  }
  return [...expected].map(([pointer, what]) => {
    const path = pointer.slice(1).replaceAll('/', '.') || 'body'
    return `${path}: expected ${[...what].join(' or ')}, got ${shown(valueAt(value, pointer))}`
  })
}

/**
 * "Or null" says nothing when the fault lies deeper inside a value that is there, and a bound says
 * nothing of a value of the wrong type.
 */
function isNoise(fault: Fault, all: readonly Fault[]): boolean {
  if (isType(fault, 'null')) {
    return all.some((one) => one.instancePath.startsWith(`${fault.instancePath}/`))
  }
  if (fault.keyword === 'type') return false
  return all.some(
    (one) => one.instancePath === fault.instancePath && isType(one) && !isType(one, 'null'),
  )
}

function isType(fault: Fault, type?: string): boolean {
  return fault.keyword === 'type' && (type === undefined || fault.params.type === type)
}

function* expectations(fault: Fault): Generator<[pointer: string, expected: string]> {
  const { instancePath, message } = fault
  switch (fault.keyword) {
    case 'required':
      for (const name of fault.params.requiredProperties) {
        yield [`${instancePath}/${name}`, 'a value']
      }
      return
    case 'type':
      yield [instancePath, String(fault.params.type)]
      return
    case 'enum':
      yield [instancePath, fault.params.allowedValues.map((one) => JSON.stringify(one)).join(', ')]
      return
    case 'minLength':
      yield [instancePath, `at least ${fault.params.limit} characters`]
      return
    case 'maxLength':
      yield [instancePath, `at most ${fault.params.limit} characters`]
      return
    case 'maxItems':
      yield [instancePath, `at most ${fault.params.limit} items`]
      return
    case 'anyOf':
      // Its branches are listed too.
      return
    default:
      yield [instancePath, message.replace(/^must (not )?(be )?/, '$1')]
  }
}

function valueAt(value: unknown, pointer: string): unknown {
  let at = value
  for (const name of pointer.split('/').slice(1)) at = (at as Record<string, unknown>)?.[name]
  return at
}

/** Short enough for one line; a text is shown by its length, for it may be a secret. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') {
    return value.length <= 40 ? JSON.stringify(value) : `a text of ${value.length} characters`
  }
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

/** What an integration matches, and which values of a request its tasks get. */
import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import {
  extractedValues,
  type MatcherRow,
  matchers,
  type Place,
  type ValueRow,
} from '../../store/integrations.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Maybe, Name, Text } from '../fields.ts'
import { taskFields } from '../integrations/asked.ts'
import { partRoutes } from '../integrations/part-routes.ts'

const Source = Type.Enum(['header', 'body'])
const BodyType = Type.Enum(['', 'json', 'string'])
const Key = Type.String({ maxLength: 255 })
const place = { name: Name, body_data_type: Maybe(BodyType), key: Maybe(Key) }
const Comparison = Type.Enum(['equals', 'unequals', 'contains'])
const Destination = Type.Enum(['environment', 'task'])
/** It may become NAME=VALUE on a command line: it must not look like an option. */
const Variable = Type.String({ maxLength: 255, pattern: '^[^-=\\s\\0][^=\\0]*$' })

const MatcherBody = Type.Object({
  ...place,
  match_type: Source,
  method: Comparison,
  value: Type.String({ minLength: 1, maxLength: 4096 }),
})
const ValueBody = Type.Object({
  ...place,
  value_source: Source,
  variable: Variable,
  variable_type: Maybe(Type.Enum(['', 'environment', 'task'])),
})
const whose = { id: Id, integration_id: Id, name: Text, body_data_type: BodyType, key: Text }
const MatcherView = Type.Object({ ...whose, match_type: Source, method: Comparison, value: Text })
const ValueView = Type.Object({
  ...whose,
  value_source: Source,
  variable: Text,
  variable_type: Destination,
})

export function integrationPartRoutes(app: App, context: HttpContext): void {
  partRoutes<MatcherRow, typeof MatcherBody>(app, context, {
    path: 'matchers',
    noun: 'matcher',
    type: 'integrationmatcher',
    body: MatcherBody,
    view: MatcherView,
    table: matchers,
    created: 200,
    columns: ({ match_type, method, value, ...rest }) => {
      return { match_type, method, value, ...placeOf(match_type, rest) }
    },
  })
  partRoutes<ValueRow, typeof ValueBody>(app, context, {
    path: 'values',
    noun: 'value',
    type: 'integrationextractvalue',
    body: ValueBody,
    view: ValueView,
    table: extractedValues,
    created: 201,
    columns({ value_source, variable, variable_type, ...rest }) {
      const type = variable_type || 'environment'
      if (type === 'task' && !(taskFields as readonly string[]).includes(variable)) {
        throw new AppError(
          'invalid',
          `variable: expected one of ${taskFields.join(', ')} for a task, got "${variable}"`,
        )
      }
      return { value_source, variable, variable_type: type, ...placeOf(value_source, rest) }
    },
  })
}

interface PlaceBody {
  name: string
  body_data_type?: Place['body_data_type'] | null
  key?: string | null
}

/** @throws AppError `invalid` if it says no place */
function placeOf(
  source: Place['source'],
  { name, body_data_type, key }: PlaceBody,
): Omit<Place, 'source'> & { name: string } {
  const type = source === 'header' ? '' : body_data_type || ''
  if (source === 'body' && type === '') {
    throw new AppError('invalid', 'body_data_type: expected json or string for a body, got nothing')
  }
  if (type !== 'string' && !key) {
    throw new AppError('invalid', `key: expected where in the ${source} to look, got nothing`)
  }
  return { name, body_data_type: type, key: key ?? '' }
}

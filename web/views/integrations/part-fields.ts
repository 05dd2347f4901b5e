/** Matchers and values: what is looked for in a request, as fields and in words. Pure. */
import type { ExtractedValue, Matcher, PartOfRequest } from '../../api/records.ts'
import { choicesOf, type FieldSpec, type Look } from '../../form/fields.ts'

export interface PartKind<Row extends PartOfRequest> {
  /** In the API. */
  kind: 'matchers' | 'values'
  title: string
  one: string
  about: string
  fields: readonly FieldSpec[]
  words: (row: Row) => string
}

function placeOf(
  source: 'header' | 'body',
  { body_data_type, key }: Pick<PartOfRequest, 'body_data_type' | 'key'>,
): string {
  if (source === 'header') return `header ${key}`
  return body_data_type === 'string' ? 'the body' : `${key} of the body`
}

/** @param source the field that says whether it is a header */
function placeFields(source: string): FieldSpec[] {
  const isBody = (look: Look) => look(source) === 'body'
  const isText = (look: Look) => look('body_data_type') === 'string'
  return [
    { name: 'name', label: 'Name', kind: 'text', required: true },
    {
      name: source,
      label: 'Where',
      kind: 'choice',
      start: 'body',
      half: true,
      choices: choicesOf({ body: 'In the body', header: 'In a header' }),
    },
    {
      name: 'body_data_type',
      label: 'The body is',
      kind: 'choice',
      start: 'json',
      half: true,
      choices: choicesOf({ json: 'JSON', string: 'Taken as a whole' }),
      when: isBody,
    },
    {
      name: 'key',
      label: 'Path',
      hint: 'Such as ref, or commits.[0].author.name',
      kind: 'text',
      required: true,
      when: (look) => isBody(look) && !isText(look),
    },
    {
      name: 'key',
      label: 'Header',
      hint: 'Such as X-GitHub-Event',
      kind: 'text',
      required: true,
      half: true,
      when: (look) => !isBody(look),
    },
  ]
}

const comparisons: Record<Matcher['method'], string> = {
  equals: 'is',
  unequals: 'is not',
  contains: 'contains',
}

export const matchers: PartKind<Matcher> = {
  kind: 'matchers',
  title: 'Matchers',
  one: 'matcher',
  about:
    'What a request to an address of the project must hold to be meant for this one. Its own addresses ask for none.',
  fields: [
    ...placeFields('match_type'),
    {
      name: 'method',
      label: 'Compared',
      kind: 'choice',
      start: 'equals',
      half: true,
      choices: choicesOf(comparisons),
    },
    { name: 'value', label: 'Value', kind: 'text', required: true, half: true },
  ],
  words: (one) => {
    return `${placeOf(one.match_type, one)} ${comparisons[one.method]} "${one.value}"`
  },
}

const isTask = (look: Look) => look('variable_type') === 'task'
const taskFields = {
  message: 'Message',
  git_branch: 'Branch',
  version: 'Version',
  limit: 'Limit',
  tags: 'Tags',
  skip_tags: 'Skip tags',
  debug: 'Say more in the log',
  dry_run: 'Dry run',
  diff: 'Show differences',
}

export const values: PartKind<ExtractedValue> = {
  kind: 'values',
  title: 'Values',
  one: 'value',
  about:
    'What of a request the task gets: as an extra variable, or as a field that its template lets tasks choose.',
  fields: [
    ...placeFields('value_source'),
    {
      name: 'variable_type',
      label: 'Becomes',
      kind: 'choice',
      start: 'environment',
      half: true,
      choices: choicesOf({ environment: 'An extra variable', task: 'A field of the task' }),
    },
    {
      name: 'variable',
      label: 'Variable',
      kind: 'text',
      required: true,
      half: true,
      when: (look) => !isTask(look),
      check: (name) =>
        /^[^-=\s][^=]*$/.test(name) ? undefined : 'expected a name without - and =',
    },
    {
      name: 'variable',
      label: 'Field',
      kind: 'choice',
      start: 'message',
      half: true,
      choices: choicesOf(taskFields),
      when: isTask,
    },
  ],
  words: (one) => {
    const kind = one.variable_type === 'task' ? 'field' : 'variable'
    return `${placeOf(one.value_source, one)} becomes the ${kind} ${one.variable}`
  },
}

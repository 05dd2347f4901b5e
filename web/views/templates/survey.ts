/** The editor of a survey. */
import { choicesOf, type FieldSpec } from '../../form/fields.ts'

export const survey: FieldSpec = {
  name: 'survey_vars',
  label: 'Questions',
  kind: 'items',
  one: 'question',
  fields: [
    {
      name: 'name',
      label: 'Variable',
      kind: 'text',
      required: true,
      half: true,
      check: (name) =>
        /^[A-Za-z_][\w-]*$/.test(name.trim()) ? undefined : 'expected letters, digits, _ and -',
    },
    { name: 'title', label: 'Title', hint: 'Empty = the variable', kind: 'text', half: true },
    { name: 'description', label: 'Hint', kind: 'text' },
    {
      name: 'type',
      label: 'Type',
      kind: 'choice',
      half: true,
      choices: choicesOf({
        '': 'A line of text',
        text: 'Lines of text',
        int: 'A whole number',
        enum: 'One of several',
        secret: 'A secret',
      }),
    },
    {
      name: 'default_value',
      label: 'Answer if none is given',
      kind: 'text',
      half: true,
      when: (look) => look('type') !== 'secret',
    },
    {
      name: 'values',
      label: 'Choices',
      kind: 'items',
      one: 'choice',
      table: true,
      when: (look) => look('type') === 'enum',
      fields: [
        { name: 'name', label: 'Shown', kind: 'text', half: true },
        { name: 'value', label: 'Value', kind: 'text', required: true, half: true },
      ],
    },
    { name: 'required', label: 'Must be answered', kind: 'flag', half: true },
  ],
}

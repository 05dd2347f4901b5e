import type { Environment } from '../../api/records.ts'
import { type Collection, CollectionView } from '../../collection/collection.tsx'
import type { Values } from '../../form/draft.ts'
import { choicesOf, type FieldSpec, type Section } from '../../form/fields.ts'
import type { ViewProps } from '../index.ts'

const environment: Collection<'environment', Environment> = {
  kind: 'environment',
  title: 'Environment',
  one: 'environment',
  about: 'Variables that templates share, and secrets, which go in and never come out again.',
  uses: ['environment'],
  columns: () => [
    { head: 'Variables', cell: ({ json }) => sizeOf(json) },
    { head: 'Process environment', later: true, cell: ({ env }) => sizeOf(env) },
    { head: 'Secrets', cell: ({ secrets }) => secrets.length },
  ],
  sections: (_lists, row) => sectionsOf(row),
  broad: true,
}

export default function EnvironmentView({ params }: ViewProps) {
  return <CollectionView of={environment} id={Number(params.project)} />
}

const sizeOf = (json: string) => Object.keys(JSON.parse(json || '{}')).length

function sectionsOf(row: Environment | undefined): Section[] {
  return [
    {
      fields: [
        { name: 'name', label: 'Name', kind: 'text', required: true },
        {
          name: 'json',
          label: 'Variables',
          hint: 'JSON of an object: extra variables of Ansible, variables of Terraform, arguments of scripts',
          kind: 'json',
          lines: 6,
        },
        {
          name: 'env',
          label: 'Environment of the process',
          kind: 'items',
          one: 'variable',
          table: true,
          fields: variable,
          from: (json) =>
            Object.entries(JSON.parse(String(json ?? '{}'))).map(([name, value]) => ({
              name,
              value,
            })),
          to: (items) =>
            JSON.stringify(Object.fromEntries(items.map(({ name, value }) => [name, value]))),
        },
        {
          name: 'secrets',
          label: 'Secrets',
          kind: 'items',
          one: 'secret',
          table: true,
          fields: secret,
          to: (items) => changesOf(row?.secrets ?? [], items),
        },
      ],
    },
  ]
}

const variable: FieldSpec[] = [
  {
    name: 'name',
    label: 'Name',
    kind: 'text',
    half: true,
    required: true,
    check: (name) => (name.includes('=') ? 'expected a name without =' : undefined),
  },
  { name: 'value', label: 'Value', kind: 'lines', lines: 1, half: true },
]

const secret: FieldSpec[] = [
  { name: 'name', label: 'Name', kind: 'text', half: true, required: true },
  {
    name: 'type',
    label: 'Goes to',
    kind: 'choice',
    start: 'var',
    half: true,
    choices: choicesOf({ var: 'Variables', env: 'Environment of the process' }),
    fixed: (look) => look('id') !== undefined,
  },
  {
    name: 'secret',
    label: 'Secret',
    kind: 'secret',
    half: true,
    required: (look) => look('id') === undefined,
    placeholder: (look) => (look('id') === undefined ? '' : 'stays as it is'),
  },
]

/** Secrets are changed one by one: the API keeps those that nothing is said of. */
function changesOf(before: readonly { id: number; name: string }[], items: Values[]): object[] {
  const kept = new Set(items.map(({ id }) => id))
  const gone = before.filter(({ id }) => !kept.has(id))
  return [
    ...gone.map((one) => ({ ...one, operation: 'delete' })),
    ...items.map((item) => ({ ...item, operation: operationOf(before, item) })),
  ]
}

function operationOf(before: readonly { id: number; name: string }[], item: Values): string {
  const was = before.find(({ id }) => id === item.id)
  if (was === undefined) return 'create'
  return item.secret || item.name !== was.name ? 'update' : ''
}

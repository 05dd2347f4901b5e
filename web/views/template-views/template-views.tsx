import type { Named, TemplateView } from '../../api/records.ts'
import { type Collection, CollectionView } from '../../collection/collection.tsx'
import { choicesOf, type FieldSpec } from '../../form/fields.ts'
import type { ViewProps } from '../index.ts'

type Row = TemplateView & Named

const views: Collection<'views', Row> = {
  kind: 'views',
  title: 'Views',
  one: 'view',
  about: 'A view is a tab under which templates are shown. Each template says in which one it is.',
  uses: ['views'],
  rows: ({ views }) => views.map((view) => ({ ...view, name: view.title })),
  columns: () => [
    { head: 'Shows', cell: ({ type }) => shows[type] },
    { head: 'Position', later: true, cell: ({ position }) => position },
    { head: 'Tab', cell: ({ hidden }) => (hidden ? 'Hidden' : 'Shown') },
  ],
  sections: () => [{ fields }],
}

export default function TemplateViews({ params }: ViewProps) {
  return <CollectionView of={views} id={Number(params.project)} />
}

const shows: Record<TemplateView['type'], string> = { '': 'Its templates', all: 'All templates' }

const fields: FieldSpec[] = [
  { name: 'title', label: 'Title', kind: 'text', required: true },
  { name: 'type', label: 'Shows', kind: 'choice', half: true, choices: choicesOf(shows) },
  {
    name: 'position',
    label: 'Position',
    hint: 'The lowest is first; empty = behind the others',
    kind: 'number',
    half: true,
  },
  { name: 'hidden', label: 'Hidden', kind: 'flag' },
]

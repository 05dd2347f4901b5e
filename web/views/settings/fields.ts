import type { FieldSpec } from '../../form/fields.ts'

export const projectFields: FieldSpec[] = [
  { name: 'name', label: 'Name', kind: 'text', required: true },
  {
    name: 'max_parallel_tasks',
    label: 'Tasks at the same time',
    hint: '0 = as many as the runners take',
    kind: 'number',
    start: 0,
    required: true,
    half: true,
  },
]

/** What one says of a runner when it is made or changed. */
import type { FieldSpec } from '../../form/fields.ts'

export const name: FieldSpec = {
  name: 'name',
  label: 'Name',
  kind: 'text',
  required: true,
  hint: 'Where it stands, for example pump-station-07',
}

export const tags: FieldSpec = {
  name: 'tags',
  label: 'Tags',
  kind: 'words',
  hint: 'Only templates that ask for one of them. None = it takes all that ask for none',
}

/** Beside its tags, what only one that is there already is asked. */
export const more: readonly FieldSpec[] = [
  {
    name: 'is_default',
    label: 'Takes tasks that ask for no tag, too',
    kind: 'flag',
  },
  {
    name: 'max_parallel_tasks',
    label: 'Tasks at once',
    kind: 'number',
    hint: '0 = as many as come. Its own configuration may say less',
  },
  {
    name: 'webhook',
    label: 'Webhook',
    kind: 'text',
    hint: 'Told when a task is on its way to this runner, and when that is over',
  },
]

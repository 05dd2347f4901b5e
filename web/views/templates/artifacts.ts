import type { FieldSpec } from '../../form/fields.ts'

/** Which files of a task come back. */
export const artifacts: FieldSpec = {
  name: 'artifacts',
  label: 'Files and folders',
  hint: 'One a line, as a path in the repository. * stands for any characters, ** for any folders.',
  placeholder: () => 'reports/*.xml',
  kind: 'list',
  lines: 3,
}

import { nameOf, type Runner } from '../../api/records.ts'
import { FormDialog } from '../../form/form.tsx'
import { api } from '../../shell/session.ts'
import { more, name, tags } from './fields.ts'

interface Props {
  runner: Runner
  /** Of the runner in the API. */
  path: string
  again: () => void
  onClose: () => void
}

/** What counts from the next task on; what runs goes on. */
export function EditRunner({ runner, path, again, onClose }: Props) {
  return (
    <FormDialog
      title={`Edit ${nameOf(runner)}`}
      submit="Save"
      sections={[{ fields: [name, tags, ...more] }]}
      record={runner}
      save={(values) => api.put(path, values)}
      onSaved={() => {
        again()
        onClose()
      }}
      onClose={onClose}
    />
  )
}

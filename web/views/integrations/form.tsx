import type { Integration } from '../../api/records.ts'
import type { Lists } from '../../collection/lists.ts'
import { FormDialog } from '../../form/form.tsx'
import { api } from '../../shell/session.ts'
import { choiceSections, fromChoices, withChoices } from '../tasks/task-choices.ts'
import { fieldsOf } from './fields.ts'

export const uses = ['templates', 'keys', 'inventory'] as const

interface Props {
  /** Of the integrations in the API. */
  path: string
  lists: Lists<(typeof uses)[number]>
  /** Undefined for a new one. */
  integration?: Integration
  /** @param id of the one that was made or changed */
  onSaved: (id: number) => void
  onClose: () => void
}

export function IntegrationForm({ path, lists, integration, onSaved, onClose }: Props) {
  const { templates, keys, inventory } = lists
  return (
    <FormDialog
      title={integration ? `Edit ${integration.name}` : 'New integration'}
      submit={integration ? 'Save' : 'Create integration'}
      broad
      sections={[{ fields: fieldsOf(templates, keys) }, ...choiceSections(templates, inventory)]}
      record={integration && withChoices(integration, templates)}
      save={async (values) => {
        const body = fromChoices(values, templates)
        if (integration === undefined) return (await api.post<Integration>(path, body)).id
        await api.put(`${path}/${integration.id}`, body)
        return integration.id
      }}
      onSaved={onSaved}
      onClose={onClose}
    />
  )
}

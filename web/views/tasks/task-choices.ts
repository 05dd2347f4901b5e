/** What a schedule or an integration asks for its tasks: the same as a person in the dialog to run one. Pure. */
import type { Inventory, Template } from '../../api/records.ts'
import type { TaskChoices } from '../../api/task-records.ts'
import type { Values } from '../../form/draft.ts'
import type { FieldSpec, Section } from '../../form/fields.ts'
import { answersTo, branchOf, message, switchesOf, variables } from './run-fields.ts'
import { askedOf, startOf } from './run-values.ts'

/** Fields of a form whose field `template_id` says of which template the tasks are. */
export function choiceSections(
  templates: readonly Template[],
  inventory: readonly Inventory[],
): Section[] {
  const ofEach = (fieldsOf: (template: Template) => FieldSpec[]): FieldSpec[] =>
    templates.flatMap((template) =>
      fieldsOf(template).map((field) => ({
        ...field,
        when: (look) => Number(look('template_id')) === template.id,
      })),
    )
  return [
    {
      title: 'What its tasks are told',
      hint: 'As in the dialog to run it. No secrets: everybody in the project can read it.',
      fields: [
        ...ofEach((template) => answersTo(template).filter(isNoSecret)),
        ...ofEach(branchOf),
        { ...message, hint: 'For others: why they run' },
      ],
    },
    {
      title: 'Switches and other variables',
      folded: true,
      fields: [...ofEach((template) => switchesOf(template, inventory)), variables],
    },
  ]
}

const isNoSecret = ({ name }: FieldSpec) => !name.startsWith('secret.')

interface Standing {
  template_id: number
  task_params: TaskChoices
}

/** What the form begins with: the record, with what its tasks are told beside its own fields. */
export function withChoices(record: Standing, templates: readonly Template[]): Values {
  const template = templates.find(({ id }) => id === record.template_id)
  return { ...record, ...(template && startOf(record.task_params, template)) }
}

/** The record as the API takes it, of what the form holds. */
export function fromChoices(values: Values, templates: readonly Template[]): Values {
  const { message, git_branch, inventory_id, ...others } = values
  const { arguments: args, environment, variables, params, ...record } = others
  const template = templates.find(({ id }) => id === record.template_id)
  if (template === undefined) return record
  const asked = { message, git_branch, inventory_id, arguments: args, environment, variables }
  const kept = record.task_params as Values | undefined
  return { ...record, task_params: { ...kept, ...askedOf({ ...asked, params }, template) } }
}

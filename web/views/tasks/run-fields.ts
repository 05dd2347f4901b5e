/** What may be said of one run, as fields; and the request that their values make. Pure. */
import type { Inventory, SurveyVar, Task, Template } from '../../api/records.ts'
import { isTerraform } from '../../collection/apps.ts'
import type { Values } from '../../form/draft.ts'
import { among, type FieldSpec, type Section } from '../../form/fields.ts'

export function runSections(template: Template, inventory: readonly Inventory[]): Section[] {
  const switches = switchesOf(template, inventory)
  return [
    {
      fields: [
        ...(template.survey_vars ?? []).map(answerTo),
        ...branchOf(template),
        { name: 'message', label: 'Message', hint: 'For others: why you run it', kind: 'text' },
      ],
    },
    ...(switches.length > 0
      ? [{ title: 'For this run alone', folded: true, fields: switches }]
      : []),
  ]
}

/** Secrets go their own way: they are shown nowhere again. */
function answerTo(question: SurveyVar): FieldSpec {
  const { name, title, description, type, required, default_value, values } = question
  const shared = {
    name: `${type === 'secret' ? 'secret' : 'environment'}.${name}`,
    label: title || name,
    required: required ?? false,
    start: default_value,
    ...(description && { hint: description }),
  }
  if (type === 'enum') {
    const known = (values ?? []).map(({ name, value }) => ({ value, label: name || value }))
    const none = { value: '', label: required ? 'Choose ..' : '–' }
    return { ...shared, kind: 'choice', choices: [none, ...known] }
  }
  if (type === 'text') return { ...shared, kind: 'lines', lines: 4 }
  if (type === 'secret') return { ...shared, kind: 'secret' }
  return { ...shared, kind: type === 'int' ? 'number' : 'text' }
}

function branchOf({ allow_override_branch_in_task, git_branch }: Template): FieldSpec[] {
  if (!allow_override_branch_in_task) return []
  return [
    {
      name: 'git_branch',
      label: 'Branch',
      kind: 'text',
      hint: git_branch ? `Empty = ${git_branch}` : "Empty = the repository's",
    },
  ]
}

/** Only what the template lets a task choose. */
function switchesOf(template: Template, inventory: readonly Inventory[]): FieldSpec[] {
  const { app, task_params: params } = template
  const fields: FieldSpec[] = []
  const words = (name: string, label: string, hint: string) => {
    if (params[`allow_override_${name}`] === false) return
    const usual = params[name] as string[] | undefined
    const placeholder = () => usual?.join(', ') ?? ''
    fields.push({ name: `params.${name}`, label, hint, kind: 'words', half: true, placeholder })
  }
  const flag = (name: string, label: string, allowed: unknown = true) => {
    if (!allowed) return
    fields.push({ name: `params.${name}`, label, kind: 'flag', half: true, start: params[name] })
  }
  if (app === 'ansible') {
    words('limit', 'Limit', 'Only these hosts or groups')
    words('tags', 'Tags', 'Only tasks with one of them')
    words('skip_tags', 'Skip tags', 'No task with one of them')
    flag('dry_run', 'Dry run: change nothing')
    flag('diff', 'Show differences')
    flag('debug', 'Say more in the log', params.allow_debug !== false)
  }
  if (isTerraform(app)) {
    flag('plan', 'Plan only')
    flag('auto_approve', 'Apply without asking', params.allow_auto_approve || params.auto_approve)
    flag('destroy', 'Destroy', params.allow_destroy || params.destroy)
    flag('upgrade', 'Upgrade providers')
    flag('reconfigure', 'Configure the backend anew')
  }
  if (inventory.length > 0 && params.allow_override_inventory !== false) {
    const choices = among(inventory, "The template's")
    fields.push({ name: 'inventory_id', label: 'Inventory', kind: 'id', half: true, choices })
  }
  if (template.allow_override_args_in_task) {
    const hint = "After the template's own; one a line"
    fields.push({ name: 'arguments', label: 'Arguments', hint, kind: 'arguments', lines: 3 })
  }
  return fields
}

/** @returns what the form begins with to run `task` again; its secrets are asked for anew */
export function startOf(task: Task, { task_params }: Template): Values {
  return {
    message: task.message,
    git_branch: task.git_branch,
    inventory_id: task.inventory_id,
    arguments: task.arguments,
    environment: JSON.parse(task.environment || '{}'),
    params: { ...task_params, ...task.params, ...onlyOf(task) },
  }
}

const onlyOf = ({ params }: Task) =>
  Object.fromEntries(
    ['limit', 'tags', 'skip_tags'].map((name) => [name, (params as Values)[name] ?? []]),
  )

/** The request: answers as JSON text, and of the switches those that differ from the template's. */
export function valuesOf(values: Values, { id, task_params }: Template): object {
  const { environment, secret, params, ...rest } = values
  const said = Object.entries((params ?? {}) as Values).filter(([name, value]) =>
    Array.isArray(value) ? value.length > 0 : value !== (task_params[name] ?? false),
  )
  return {
    ...rest,
    template_id: id,
    environment: JSON.stringify(answered(environment)),
    secret: JSON.stringify(answered(secret)),
    params: Object.fromEntries(said),
  }
}

const answered = (answers: unknown) =>
  Object.fromEntries(
    Object.entries((answers ?? {}) as Values).filter(([, value]) => value !== '' && value !== null),
  )

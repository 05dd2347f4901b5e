/** What may be said of one run, as fields. Pure. */
import type { Inventory, SurveyVar, Template } from '../../api/records.ts'
import type { Task } from '../../api/task-records.ts'
import { isTerraform } from '../../collection/apps.ts'
import { among, type FieldSpec, type Section } from '../../form/fields.ts'

/** @param builds of the template whose builds it deploys, newest first */
export const runSections = (
  template: Template,
  inventory: readonly Inventory[],
  builds: readonly Task[],
): Section[] => [
  {
    fields: [
      ...answersTo(template),
      ...versionOf(template, builds),
      ...branchOf(template),
      message,
    ],
  },
  {
    title: 'For this run alone',
    folded: true,
    fields: [...switchesOf(template, inventory), variables],
  },
]

function versionOf({ type }: Template, builds: readonly Task[]): FieldSpec[] {
  if (type === 'build') {
    return [{ name: 'version', label: 'Version', hint: 'Empty = the next', kind: 'text' }]
  }
  if (type !== 'deploy') return []
  const choices = among(builds.map(({ id, version }) => ({ id, name: `${version} (#${id})` })))
  const start = builds[0]?.id
  return [{ name: 'build_task_id', label: 'Build', kind: 'id', required: true, start, choices }]
}

export const message: FieldSpec = {
  name: 'message',
  label: 'Message',
  hint: 'For others: why you run it',
  kind: 'text',
}

export const variables: FieldSpec = {
  name: 'variables',
  label: 'Other variables',
  hint: 'JSON of an object. No secrets: everybody in the project can read it.',
  kind: 'json',
  lines: 3,
}

export const answersTo = ({ survey_vars }: Template): FieldSpec[] =>
  (survey_vars ?? []).map(answerTo)

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
  return { ...shared, kind: type === 'int' || type === 'integer' ? 'number' : 'text' }
}

export function branchOf({ allow_override_branch_in_task, git_branch }: Template): FieldSpec[] {
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
export function switchesOf(template: Template, inventory: readonly Inventory[]): FieldSpec[] {
  const { app } = template
  const params = template.task_params ?? {}
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
  }
  if (inventory.length > 0 && params.allow_override_inventory !== false) {
    const choices = among(inventory, "The template's")
    fields.push({ name: 'inventory_id', label: 'Inventory', kind: 'id', half: true, choices })
  }
  if (app === 'ansible') {
    flag('dry_run', 'Dry run: change nothing')
    flag('diff', 'Show differences')
    flag('debug', 'Say more in the log', params.allow_debug !== false)
    flag('skip_galaxy_install', 'Install no roles and collections')
  }
  if (isTerraform(app)) {
    flag('plan', 'Plan only')
    flag('auto_approve', 'Apply without asking', params.allow_auto_approve || params.auto_approve)
    flag('destroy', 'Destroy', params.allow_destroy || params.destroy)
    flag('upgrade', 'Upgrade providers')
    flag('reconfigure', 'Configure the backend anew')
  }
  if (template.allow_override_args_in_task) {
    const hint = "After the template's own; one a line"
    fields.push({ name: 'arguments', label: 'Arguments', hint, kind: 'arguments', lines: 3 })
  }
  return fields
}

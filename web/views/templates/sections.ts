/** What a template asks for. Pure. */
import { appChoices, isTerraform, usualApp } from '../../collection/apps.ts'
import type { Lists } from '../../collection/lists.ts'
import { among, choicesOf, type FieldSpec, type Look, type Section } from '../../form/fields.ts'
import { artifacts } from './artifacts.ts'
import { build } from './build.ts'
import { flag } from './flag.ts'
import { running } from './running.ts'
import { survey } from './survey.ts'

type Uses =
  | 'apps'
  | 'templates'
  | 'views'
  | 'repositories'
  | 'inventory'
  | 'environment'
  | 'keys'
  | 'runner_tags'

/** @param app which it has, if it is not new */
export function templateSections(lists: Lists<Uses>, app?: string): Section[] {
  return [
    {
      title: 'What runs',
      fields: [...whatRuns(lists, app), ...build(lists.templates), ...inView(lists)],
    },
    { title: 'From where', fields: fromWhere(lists) },
    { title: 'Survey', hint: 'Asked for whenever somebody runs it.', fields: [survey] },
    {
      title: 'Vaults',
      hint: 'Passwords of Ansible vaults.',
      folded: true,
      when: isAnsible,
      fields: [vaults(lists)],
    },
    {
      title: 'What a task may choose',
      hint: 'Whoever runs it may say this for one run. What is not allowed is refused, not ignored.',
      folded: true,
      fields: allowances,
    },
    {
      title: 'Usually',
      hint: 'What a task does unless it says otherwise.',
      folded: true,
      when: (look) => isAnsible(look) || isTerra(look),
      fields: usually,
    },
    {
      title: 'Artifacts',
      hint: 'Files that come back when the tool has ended. What is in them is not masked.',
      folded: true,
      fields: [artifacts],
    },
    {
      title: 'Runner, time and silence',
      hint: 'Who may run it, and what becomes of a task whose runner is not heard of any more.',
      folded: true,
      fields: running(lists),
    },
  ]
}

const isAnsible = (look: Look) => look('app') === 'ansible'
const isTerra = (look: Look) => isTerraform(String(look('app')))

const whatRuns = ({ apps }: Lists<Uses>, app: string | undefined): FieldSpec[] => [
  { name: 'name', label: 'Name', kind: 'text', required: true, half: true },
  {
    name: 'app',
    label: 'What runs it',
    kind: 'choice',
    start: usualApp(apps)?.id,
    half: true,
    choices: appChoices(apps, app),
  },
  {
    name: 'playbook',
    label: 'Playbook or script',
    hint: 'Its path in the repository',
    kind: 'text',
    required: true,
    when: (look) => !isTerra(look),
  },
  {
    name: 'playbook',
    label: 'Folder',
    hint: 'Its path in the repository; empty = the top',
    kind: 'text',
    when: isTerra,
  },
  {
    name: 'arguments',
    label: 'Arguments',
    hint: 'For the command line, one a line. No secrets: every user of the machine can read them.',
    kind: 'arguments',
    lines: 3,
  },
  { name: 'description', label: 'Description', kind: 'text' },
]

/** Asked for only where a project has views. */
const inView = ({ views }: Lists<Uses>): FieldSpec[] => {
  if (views.length === 0) return []
  const choices = among(
    views.map(({ id, title }) => ({ id, name: title })),
    'None',
  )
  return [{ name: 'view_id', label: 'View', kind: 'id', half: true, choices }]
}

const fromWhere = ({ repositories, inventory, environment }: Lists<Uses>): FieldSpec[] => [
  {
    name: 'repository_id',
    label: 'Repository',
    kind: 'id',
    required: true,
    half: true,
    choices: among(repositories),
  },
  {
    name: 'git_branch',
    label: 'Branch',
    hint: "Empty = the repository's",
    kind: 'text',
    half: true,
  },
  {
    name: 'inventory_id',
    label: 'Inventory',
    kind: 'id',
    half: true,
    choices: among(inventory, 'None'),
  },
  {
    name: 'environment_id',
    label: 'Environment',
    kind: 'id',
    half: true,
    choices: among(environment, 'None'),
  },
]

const vaults = ({ keys }: Lists<Uses>): FieldSpec => ({
  name: 'vaults',
  label: 'Vaults',
  kind: 'items',
  one: 'vault',
  fields: [
    { name: 'name', label: 'Vault ID', hint: 'Empty = default', kind: 'text', half: true },
    {
      name: 'type',
      label: 'Its password',
      kind: 'choice',
      start: 'password',
      half: true,
      choices: choicesOf({ password: 'Is a key', script: 'Comes from a script' }),
    },
    {
      name: 'vault_key_id',
      label: 'Key',
      kind: 'id',
      required: true,
      choices: among(keys.filter(({ type }) => type === 'login_password' || type === 'string')),
      when: (look) => look('type') !== 'script',
    },
    {
      name: 'script',
      label: 'Script in the repository',
      kind: 'text',
      required: true,
      when: (look) => look('type') === 'script',
    },
  ],
})

/** Allowed where nothing is said of it. */
const allowed = { start: true, when: isAnsible }

const allowances: FieldSpec[] = [
  flag('allow_override_branch_in_task', 'Branch'),
  flag('allow_override_args_in_task', 'Arguments'),
  flag('task_params.allow_override_inventory', 'Inventory', { start: true }),
  flag('task_params.allow_override_limit', 'Limit of hosts', allowed),
  flag('task_params.allow_override_tags', 'Tags', allowed),
  flag('task_params.allow_override_skip_tags', 'Tags to skip', allowed),
  flag('task_params.allow_debug', 'To say more in the log', allowed),
  flag('task_params.allow_auto_approve', 'To apply without asking', { when: isTerra }),
  flag('task_params.allow_destroy', 'To destroy', { when: isTerra }),
]

const words = (name: string, label: string, hint: string): FieldSpec => ({
  name: `task_params.${name}`,
  label,
  hint,
  kind: 'words',
  half: true,
  when: isAnsible,
})

const usually: FieldSpec[] = [
  words('limit', 'Limit', 'Only these hosts or groups'),
  words('tags', 'Tags', 'Only Ansible tasks with one of them'),
  words('skip_tags', 'Skip tags', 'No Ansible task with one of them'),
  flag('task_params.dry_run', 'Dry run: change nothing', { when: isAnsible }),
  flag('task_params.diff', 'Show differences', { when: isAnsible }),
  flag('task_params.skip_galaxy_install', 'Install no roles and collections', { when: isAnsible }),
  flag('task_params.plan', 'Plan only', { when: isTerra }),
  flag('task_params.auto_approve', 'Apply without asking', { when: isTerra }),
  flag('task_params.upgrade', 'Upgrade providers', { when: isTerra }),
  flag('task_params.reconfigure', 'Configure the backend anew', { when: isTerra }),
  flag('task_params.override_backend', 'The state goes to an HTTP backend', {
    hint: 'Which TF_HTTP_ADDRESS in the environment names',
    when: isTerra,
  }),
  {
    name: 'task_params.backend_filename',
    label: 'File that says so',
    hint: 'Empty = backend.tf',
    kind: 'text',
    half: true,
    when: (look) => isTerra(look) && look('task_params.override_backend') === true,
  },
]

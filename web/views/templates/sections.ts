/** What a template asks for. Pure. */
import { appChoices, isTerraform } from '../../collection/apps.ts'
import type { Lists } from '../../collection/lists.ts'
import { runnerTag } from '../../collection/runner-tag.ts'
import { among, choicesOf, type FieldSpec, type Look, type Section } from '../../form/fields.ts'
import { artifacts } from './artifacts.ts'
import { survey } from './survey.ts'

type Uses = 'repositories' | 'inventory' | 'environment' | 'keys' | 'runner_tags'

export function templateSections(lists: Lists<Uses>): Section[] {
  return [
    { title: 'What runs', fields: whatRuns },
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

const whatRuns: FieldSpec[] = [
  { name: 'name', label: 'Name', kind: 'text', required: true, half: true },
  {
    name: 'app',
    label: 'What runs it',
    kind: 'choice',
    start: 'ansible',
    half: true,
    choices: appChoices,
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

const flag = (name: string, label: string, more: Partial<FieldSpec> = {}): FieldSpec =>
  ({ name, label, kind: 'flag', half: true, ...more }) as FieldSpec

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
  flag('task_params.plan', 'Plan only', { when: isTerra }),
  flag('task_params.auto_approve', 'Apply without asking', { when: isTerra }),
  flag('task_params.upgrade', 'Upgrade providers', { when: isTerra }),
  flag('task_params.reconfigure', 'Configure the backend anew', { when: isTerra }),
]

const requeues = (look: Look) => look('silence_policy') === 'requeue'

const running = ({ runner_tags }: Lists<Uses>): FieldSpec[] => [
  runnerTag(runner_tags, 'Only a runner with this tag; empty = any that needs none'),
  {
    name: 'max_task_duration_sec',
    label: 'Longest time, seconds',
    hint: "Empty = the server's; 0 = for ever",
    kind: 'number',
    half: true,
  },
  {
    name: 'silence_policy',
    label: 'When its runner falls silent',
    kind: 'choice',
    start: 'fail',
    half: true,
    choices: choicesOf({
      fail: 'The task fails',
      wait: 'It waits, however long',
      requeue: 'Another runner does it again',
    }),
  },
  {
    name: 'silence_grace_sec',
    label: 'After so many seconds',
    hint: "Empty = the server's",
    kind: 'number',
    half: true,
    when: (look) => look('silence_policy') !== 'wait',
  },
  flag('idempotent', 'It may be run twice without harm', {
    hint: 'Otherwise no other runner does it again: the first may have begun.',
    when: requeues,
  }),
  {
    name: 'max_requeues',
    label: 'Again at most, times',
    kind: 'number',
    start: 1,
    required: true,
    half: true,
    when: requeues,
  },
  flag('allow_parallel_tasks', 'Several at the same time', { start: true }),
  flag('suppress_success_alerts', 'No alert of success'),
  flag('secrets_in_arguments', 'Secrets on the command line', {
    hint: "As Semaphore does it: every user of the runner's machine can read them.",
  }),
]

import type { Inventory } from '../../api/records.ts'
import { type Collection, CollectionView } from '../../collection/collection.tsx'
import { type Lists, nameIn } from '../../collection/lists.ts'
import { runnerTag } from '../../collection/runner-tag.ts'
import { among, choicesOf, type FieldSpec, type Look } from '../../form/fields.ts'
import type { ViewProps } from '../index.ts'

const types: Record<string, string> = {
  static: 'Hosts, as INI',
  'static-yaml': 'Hosts, as YAML',
  file: 'A file of a repository',
  'terraform-workspace': 'A Terraform workspace',
  'tofu-workspace': 'An OpenTofu workspace',
  'terragrunt-workspace': 'A Terragrunt workspace',
  none: 'None',
}
type Uses = 'inventory' | 'keys' | 'repositories' | 'runner_tags'

const inventory: Collection<Uses, Inventory> = {
  kind: 'inventory',
  title: 'Inventory',
  one: 'inventory',
  about: 'An inventory says on which hosts Ansible works, and with which key it gets there.',
  uses: ['inventory', 'keys', 'repositories', 'runner_tags'],
  columns: ({ keys }) => [
    { head: 'Type', cell: ({ type }) => types[type] ?? type },
    { head: 'Key', later: true, cell: ({ ssh_key_id }) => nameIn(keys, ssh_key_id) },
    {
      head: 'Runner tag',
      later: true,
      cell: ({ runner_tag }) => runner_tag && <span class="tag">{runner_tag}</span>,
    },
  ],
  sections: (lists) => [{ fields: fieldsOf(lists) }],
  broad: true,
}

export default function InventoryView({ params }: ViewProps) {
  return <CollectionView of={inventory} id={Number(params.project)} />
}

const is =
  (...wanted: string[]) =>
  (look: Look) =>
    wanted.some((part) => String(look('type')).includes(part))

function fieldsOf({ keys, repositories, runner_tags }: Lists<Uses>): FieldSpec[] {
  const logins = keys.filter(({ type }) => type === 'login_password')
  return [
    { name: 'name', label: 'Name', kind: 'text', required: true, half: true },
    {
      name: 'type',
      label: 'Type',
      kind: 'choice',
      start: 'static',
      half: true,
      choices: choicesOf(types),
    },
    {
      name: 'inventory',
      label: 'Hosts',
      kind: 'lines',
      lines: 10,
      when: is('static'),
      hint: 'The same as in an inventory file of Ansible: groups, hosts and their variables',
    },
    {
      name: 'inventory',
      label: 'Path of the file',
      kind: 'text',
      required: true,
      half: true,
      when: is('file'),
    },
    {
      name: 'repository_id',
      label: 'Repository',
      kind: 'id',
      half: true,
      choices: among(repositories, "The template's"),
      when: is('file'),
    },
    {
      name: 'inventory',
      label: 'Workspace',
      hint: 'Empty = default',
      kind: 'text',
      when: is('workspace'),
    },
    {
      name: 'ssh_key_id',
      label: 'Key of the hosts',
      hint: 'Who logs in: an SSH key, or login and password',
      kind: 'id',
      half: true,
      choices: among([...keys.filter(({ type }) => type === 'ssh'), ...logins], 'None'),
      when: is('static', 'file'),
    },
    {
      name: 'become_key_id',
      label: 'Key to become root',
      hint: 'Login and password of sudo',
      kind: 'id',
      half: true,
      choices: among(logins, 'None'),
      when: is('static', 'file'),
    },
    runnerTag(runner_tags, "Only a runner with this tag; a template's beats it"),
  ]
}

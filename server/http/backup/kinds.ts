/** What a backup of a project holds: each kind of thing, and what it names where the API has ids. */

/** A field that holds an id in the API and a name in a backup; or a list of either. */
export interface Reference {
  /** In which field it lies, an object or a list of them; undefined = in the thing itself. */
  at?: 'vaults' | 'task_params'
  id: string
  name: string
  of: KindName
}

export interface Kind {
  /** Its list in the file. */
  name: KindName
  /** Its path in the API. */
  path: string
  /** The field by which others name it. */
  title: 'name' | 'title'
  references: readonly Reference[]
  /** Lists of what belongs to each, by their names in the file and their paths in the API. */
  parts?: readonly { name: string; path: string }[]
}

export type KindName =
  | 'keys'
  | 'repositories'
  | 'inventories'
  | 'environments'
  | 'views'
  | 'templates'
  | 'schedules'
  | 'integrations'

/** Semaphore's names. In this order: none refers to a kind further down. */
export const kinds: readonly Kind[] = [
  { name: 'keys', path: 'keys', title: 'name', references: [] },
  {
    name: 'repositories',
    path: 'repositories',
    title: 'name',
    references: [{ id: 'ssh_key_id', name: 'ssh_key', of: 'keys' }],
  },
  {
    name: 'inventories',
    path: 'inventory',
    title: 'name',
    references: [
      { id: 'ssh_key_id', name: 'ssh_key', of: 'keys' },
      { id: 'become_key_id', name: 'become_key', of: 'keys' },
      { id: 'repository_id', name: 'repository', of: 'repositories' },
    ],
  },
  { name: 'environments', path: 'environment', title: 'name', references: [] },
  { name: 'views', path: 'views', title: 'title', references: [] },
  {
    name: 'templates',
    path: 'templates',
    title: 'name',
    references: [
      { id: 'repository_id', name: 'repository', of: 'repositories' },
      { id: 'inventory_id', name: 'inventory', of: 'inventories' },
      { id: 'environment_id', name: 'environment', of: 'environments' },
      { id: 'environment_ids', name: 'environments', of: 'environments' },
      { id: 'view_id', name: 'view', of: 'views' },
      { id: 'build_template_id', name: 'build_template', of: 'templates' },
      { at: 'vaults', id: 'vault_key_id', name: 'vault_key', of: 'keys' },
    ],
  },
  {
    name: 'schedules',
    path: 'schedules',
    title: 'name',
    references: [
      { id: 'template_id', name: 'template', of: 'templates' },
      { id: 'repository_id', name: 'repository', of: 'repositories' },
      { at: 'task_params', id: 'inventory_id', name: 'inventory_name', of: 'inventories' },
    ],
  },
  {
    name: 'integrations',
    path: 'integrations',
    title: 'name',
    references: [
      { id: 'template_id', name: 'template', of: 'templates' },
      { id: 'auth_secret_id', name: 'auth_secret', of: 'keys' },
      { at: 'task_params', id: 'inventory_id', name: 'inventory_name', of: 'inventories' },
    ],
    parts: [
      { name: 'matchers', path: 'matchers' },
      { name: 'extract_values', path: 'values' },
    ],
  },
]

/** A thing in a backup, or as the API has it. */
export type Entry = Record<string, unknown>

/** The objects of `entry` in which a reference lies, each with its path in the entry. */
export function holders(entry: Entry, { at }: Reference): [path: string, holder: Entry][] {
  if (at === undefined) return [['', entry]]
  const value = entry[at]
  const all: [string, unknown][] = Array.isArray(value)
    ? value.map((one, index) => [`${at}[${index}].`, one])
    : [[`${at}.`, value]]
  return all.filter((one): one is [string, Entry] => typeof one[1] === 'object' && one[1] !== null)
}

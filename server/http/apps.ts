/** The apps that templates may name: built in, from the configuration, and as the API has changed them. */
import Type from 'typebox'
import { appKey, appPrefix, isActive } from '../store/app-switches.ts'
import { listOptions, type Options } from '../store/options.ts'
import type { Knex } from '../store/owned.ts'
import type { HttpContext } from './context.ts'

const Text = Type.String({ maxLength: 255 })

/** What the API may change. Program and arguments are not among it: those belong to each runner's owner. */
export const AppSettings = Type.Object({
  /** false: a task of this app is refused. */
  active: Type.Boolean(),
  /** Higher ones come first. */
  priority: Type.Integer(),
  title: Text,
  icon: Text,
  color: Text,
  dark_color: Text,
})
export type AppSettings = Type.Static<typeof AppSettings>

export interface AppRow extends AppSettings {
  id: string
}

const titles: Record<string, string> = {
  ansible: 'Ansible Playbook',
  terraform: 'Terraform Code',
  tofu: 'OpenTofu Code',
  terragrunt: 'Terragrunt Code',
  bash: 'Bash Script',
  powershell: 'PowerShell Script',
  python: 'Python Script',
}
const builtIn = Object.keys(titles)
/** By priority, then as they are listed here, then by name. */
export async function listApps(db: Knex, config: HttpContext['config']): Promise<AppRow[]> {
  const options = await listOptions(db, null, appPrefix)
  const own = Object.keys(options).map((key) => key.slice(appPrefix.length, key.lastIndexOf('.')))
  const others = [...Object.keys(config.apps), ...own].sort()
  const names = [...new Set([...builtIn, ...others])]
  return names
    .map((id, at) => appOf(id, (names.length - at) * 10, options, config))
    .sort((a, b) => b.priority - a.priority)
}

function appOf(
  id: string,
  priority: number,
  options: Options,
  config: HttpContext['config'],
): AppRow {
  const given = config.apps[id] ?? {}
  const option = (field: keyof AppSettings) => options[appKey(id, field)]
  return {
    id,
    active: isActive(id, options),
    priority: Number(option('priority') ?? given.priority ?? priority),
    title: option('title') ?? given.title ?? titles[id] ?? id,
    icon: option('icon') ?? given.icon ?? '',
    color: option('color') ?? given.color ?? '',
    dark_color: option('dark_color') ?? '',
  }
}

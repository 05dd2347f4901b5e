/** Backups as versions of Semaphore wrote them, in the one form that is put back here. */
import type { Backup } from './export.ts'
import type { Entry } from './kinds.ts'

/** A backup as it came: the shape is checked, what is in the entries is not. */
export type Given = { meta: Entry } & Record<string, Entry[] | null | undefined | Entry>

/** Lists that hold what there is none of here. */
const unknown = ['workflows', 'roles', 'runners', 'secret_storages', 'host_configs', 'proxies']

/** @returns also what is not taken, a line each */
export function normal(given: Given): { backup: Backup; leftOut: string[] } {
  const list = (name: string) => (given[name] as Entry[] | null | undefined) ?? []
  const leftOut = unknown
    .filter((name) => list(name).length > 0)
    .map((name) => `${name}: all ${list(name).length}, there are none here`)
  const addresses = list('integration_aliases').length
  if (addresses > 0) leftOut.push(`integration_aliases: all ${addresses}, make new ones`)
  const templates = list('templates').map((one, index) =>
    templateOf(one, `templates[${index}]`, leftOut),
  )
  const backup: Backup = {
    meta: given.meta,
    keys: list('keys'),
    repositories: list('repositories'),
    inventories: list('inventories'),
    environments: list('environments'),
    views: list('views').map(viewOf),
    templates,
    integrations: list('integrations').map((one, index) =>
      integrationOf(one, `integrations[${index}]`, leftOut),
    ),
    schedules: given.schedules ? list('schedules') : list('templates').flatMap(scheduleOf),
  }
  return { backup, leftOut }
}

/** Fields of a template that say nothing here. */
const withoutMeaning = {
  working_directory: 'Ansible runs at the top of the repository',
  executor_image: 'runners start processes, not containers',
}

function templateOf(entry: Entry, path: string, leftOut: string[]): Entry {
  const { environments, vault_key, cron: _, ...template } = entry
  if (Array.isArray(environments)) {
    template.environment ??= environments[0] ?? null
    for (const name of environments.slice(1)) {
      leftOut.push(`${path}.environments: ${JSON.stringify(name)}, a template has one here`)
    }
  }
  for (const [field, reason] of Object.entries(withoutMeaning)) {
    if (template[field] && template[field] !== '.') {
      leftOut.push(`${path}.${field}: ${JSON.stringify(template[field])}, ${reason}`)
    }
    delete template[field]
  }
  if (vault_key && !template.vaults) template.vaults = [{ type: 'password', vault_key }]
  return template
}

function viewOf({ name, ...view }: Entry): Entry {
  return name === undefined ? view : { title: name, ...view }
}

/** Whoever calls the new server has to be told its address anyway. */
function integrationOf({ aliases, ...entry }: Entry, path: string, leftOut: string[]): Entry {
  if (Array.isArray(aliases) && aliases.length > 0) {
    leftOut.push(`${path}.aliases: all ${aliases.length}, make new ones`)
  }
  return entry
}

/** Before there were schedules of their own, a template had a cron format. */
function scheduleOf({ name, cron }: Entry): Entry[] {
  return cron ? [{ name: '', template: name, cron_format: cron, active: true }] : []
}

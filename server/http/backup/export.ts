/** A project as a backup: what the API shows of it, with names for ids. Nothing secret is in it. */
import type { Knex } from '../../store/owned.ts'
import type { ProjectRow } from '../../store/projects.ts'
import type { Resources } from '../resources.ts'
import { type Entry, holders, type Kind, type KindName, kinds } from './kinds.ts'

export type Backup = { meta: Entry } & Record<KindName, Entry[]>

export async function exportProject(
  db: Knex,
  resources: Resources,
  { id, name, alert, alert_chat, max_parallel_tasks }: ProjectRow,
): Promise<Backup> {
  const backup: Record<string, unknown> = {
    meta: { name, alert, alert_chat, max_parallel_tasks, type: '' },
  }
  const names = new Map<KindName, Map<unknown, string>>()
  for (const kind of kinds) {
    const { shown, fields } = await read(db, resources, kind, id)
    names.set(kind.name, uniqueNames(kind, shown))
    const entries = []
    for (const one of shown) {
      const entry = entryOf(kind, structuredClone(one), fields, names)
      entries.push({ ...entry, ...(await partsOf(db, resources, kind, Number(one.id))) })
    }
    backup[kind.name] = entries
  }
  return backup as Backup
}

/** All of a kind as the API shows it, and the fields that a request may say of it. */
async function read(
  db: Knex,
  resources: Resources,
  { path }: Kind,
  project: number,
): Promise<{ shown: Entry[]; fields: string[] }> {
  const { table, show, body } = resources.get(path)
  const shown = (await show(db, await table.list(db, project))) as Entry[]
  return { shown, fields: Object.keys(body.properties) }
}

/** Two of the same name could not be told apart: the second gets a number. */
function uniqueNames({ title }: Kind, shown: readonly Entry[]): Map<unknown, string> {
  const taken = new Set<string>()
  return new Map(
    shown.map((one) => {
      const given = String(one[title])
      let name = given
      for (let number = 2; taken.has(name); number += 1) name = `${given} (${number})`
      taken.add(name)
      return [one.id, name]
    }),
  )
}

/** @param shown is changed */
function entryOf(
  { name, title, references }: Kind,
  shown: Entry,
  fields: readonly string[],
  names: ReadonlyMap<KindName, ReadonlyMap<unknown, string>>,
): Entry {
  for (const reference of references) {
    for (const [, holder] of holders(shown, reference)) {
      if (!(reference.id in holder)) continue
      const nameOf = (id: unknown) => names.get(reference.of)?.get(id) ?? null
      const ids = holder[reference.id]
      holder[reference.name] = Array.isArray(ids) ? ids.map(nameOf) : nameOf(ids)
      delete holder[reference.id]
    }
  }
  const named = references.flatMap((one) => (one.at === undefined ? one.name : []))
  const entry: Entry = { [title]: names.get(name)?.get(shown.id) }
  for (const field of [...fields, ...named]) {
    if (field === 'id' || field === 'project_id' || field === title) continue
    if (shown[field] !== undefined) entry[field] = shown[field]
  }
  return withoutIds(entry) as Entry
}

async function partsOf(
  db: Knex,
  resources: Resources,
  { parts = [] }: Kind,
  id: number,
): Promise<Entry> {
  const all: Entry = {}
  for (const { name, path } of parts) {
    const { table, body } = resources.part(path)
    const rows: Entry[] = await table.list(db, id)
    all[name] = rows.map((row) =>
      Object.fromEntries(Object.keys(body.properties).map((field) => [field, row[field]])),
    )
  }
  return all
}

/** What lies in lists, such as secrets, is new wherever it is put back. */
function withoutIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIds)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => name !== 'id')
  return Object.fromEntries(kept.map(([name, one]) => [name, withoutIds(one)]))
}

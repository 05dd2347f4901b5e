/** A backup as a new project: every thing is checked and stored as if the API had been asked for it. */
import { AppError } from '../../../lib/errors.ts'
import type { Cipher } from '../../store/cipher.ts'
import type { Tx } from '../../store/commit.ts'
import type { Resources } from '../resources.ts'
import { faultsOf } from '../validate.ts'
import type { Backup } from './export.ts'
import { type Entry, holders, type Kind, type KindName, kinds } from './kinds.ts'
import { withoutSecrets } from './secrets.ts'

export interface RestoreParts {
  resources: Resources
  cipher: Cipher
  project: number
}

/** Names of things and their ids; undefined = it could not be stored, which is said elsewhere. */
type Names = Map<KindName, Map<unknown, number | undefined>>

/**
 * Stores all that is in the backup in `project`.
 * @returns the secrets that have to be entered again, a line each
 * @throws AppError `invalid` that names everything that is wrong: nothing is stored then
 */
export async function restoreAll(tx: Tx, parts: RestoreParts, backup: Backup): Promise<string[]> {
  const problems: string[] = []
  const missing: string[] = []
  const names: Names = new Map()
  for (const kind of kinds) {
    const ids = new Map<unknown, number | undefined>()
    names.set(kind.name, ids)
    for (const [index, entry] of inOrder(kind, backup[kind.name])) {
      const path = `${kind.name}[${index}].`
      const name = entry[kind.title]
      const isTwice = ids.has(name) && isReferredTo(kind)
      if (isTwice) problems.push(`${path}${kind.title}: ${JSON.stringify(name)} is there twice`)
      const found = resolved(kind, entry, names)
      problems.push(...found.problems.map((line) => path + line))
      const stored = await store(tx, parts, kind, found)
      problems.push(...stored.problems.map((line) => path + line))
      missing.push(...stored.missing)
      ids.set(name, stored.id)
    }
  }
  if (problems.length > 0) throw new AppError('invalid', problems.join('; '))
  return missing
}

/** What names another of its own kind comes after it. */
function inOrder({ name, references }: Kind, entries: readonly Entry[]): [number, Entry][] {
  const own = references.filter(({ of }) => of === name)
  const later = (entry: Entry) => own.some((one) => entry[one.name])
  const numbered = [...entries.entries()]
  return [
    ...numbered.filter(([, entry]) => !later(entry)),
    ...numbered.filter(([, entry]) => later(entry)),
  ]
}

const isReferredTo = ({ name }: Kind) =>
  kinds.some(({ references }) => references.some(({ of }) => of === name))

interface Found {
  body: Entry
  problems: string[]
  /** False: something that it refers to is not there. */
  whole: boolean
}

/** The entry with ids for names; `id` and `project_id` of elsewhere mean nothing here. */
function resolved({ references }: Kind, entry: Entry, names: Names): Found {
  const { id: _id, project_id: _project, ...body } = structuredClone(entry)
  const found: Found = { body, problems: [], whole: true }
  for (const reference of references) {
    const { id, name, of } = reference
    for (const [inside, holder] of holders(body, reference)) {
      const wanted = holder[name]
      delete holder[name]
      delete holder[id]
      if (wanted === null || wanted === undefined || wanted === '') continue
      const known = names.get(of)
      if (!known?.has(wanted)) {
        found.problems.push(`${inside}${name}: no ${nouns[of]} ${JSON.stringify(wanted)}`)
      }
      const target = known?.get(wanted)
      found.whole &&= target !== undefined
      // Any id will do to look at the rest of it.
      holder[id] = target ?? 1
    }
  }
  return found
}

const nouns: Record<KindName, string> = {
  keys: 'key',
  repositories: 'repository',
  inventories: 'inventory',
  environments: 'environment',
  views: 'view',
  templates: 'template',
  schedules: 'schedule',
  integrations: 'integration',
}

/** What could not be stored is said once: what refers to it is not at fault. */
async function store(
  tx: Tx,
  { resources, cipher, project }: RestoreParts,
  { name, path, parts = [] }: Kind,
  { body, whole }: Found,
): Promise<{ id?: number; problems: string[]; missing: readonly string[] }> {
  const resource = resources.get(path)
  const { given, missing, leaveRoom } = withoutSecrets(name, body)
  const problems = faultsOf(resource.body, given)
  if (problems.length > 0 || !whole) return { problems, missing: [] }
  try {
    const id = await resource.insert(tx, project, given)
    await leaveRoom(tx, cipher, project, id)
    for (const part of parts) {
      const { body, columns, table } = resources.part(part.path)
      for (const [index, one] of listed(given[part.name])) {
        const faults = faultsOf(body, one).map((line) => `${part.name}[${index}].${line}`)
        problems.push(...faults)
        if (faults.length === 0) await table.insert(tx, id, columns(one))
      }
    }
    return { id, problems, missing }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { problems: [error.message], missing: [] }
  }
}

function listed(value: unknown): [number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : []
}

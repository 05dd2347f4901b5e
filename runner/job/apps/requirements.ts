/** What a requirements file of Ansible names, and from where each role and collection comes. Pure. */
import { yamlFormat } from '../../../lib/config/yaml.ts'
import { AppError } from '../../../lib/errors.ts'

export type Kind = 'collection' | 'role'

export interface Requirement {
  kind: Kind
  /** A URL without its branch, a name of Galaxy, or whatever else it says. */
  from: string
}

/**
 * All but what lies in the repository itself (`./tools`).
 * @throws AppError `invalid` for what is no YAML
 */
export function requirementsOf(path: string, text: string): Requirement[] {
  const content = yamlFormat.parse(text)
  if (!('value' in content)) {
    throw new AppError('invalid', `${path}, ${content.path}: expected YAML, got ${content.got}`)
  }
  const { value } = content
  const { roles, collections } = isRecord(value) ? value : { roles: value, collections: [] }
  const of = (kind: Kind, entries: unknown, read: (entry: unknown) => unknown[]) =>
    list(entries).flatMap((entry) => read(entry).map((from) => ({ kind, from: plain(from) })))
  const all = [...of('collection', collections, fromCollection), ...of('role', roles, fromRole)]
  return all.filter(({ from }) => !isOwn(from))
}

/** `SRC,VERSION,NAME`, or `src`, and without it the name itself; `include` names another file. */
function fromRole(entry: unknown): unknown[] {
  if (typeof entry === 'string') return [withoutVersion(entry)]
  if (!isRecord(entry)) return [entry]
  return [entry.include ?? entry.src ?? entry.role ?? entry.name]
}

/** A name of Galaxy may say from which server: then that is what counts. */
function fromCollection(entry: unknown): unknown[] {
  const { name, source } = isRecord(entry) ? entry : { name: entry, source: undefined }
  const bare = typeof name === 'string' ? withoutVersion(name) : name
  if (source === undefined) return [bare]
  return galaxyName.test(String(bare)) ? [source] : [source, bare]
}

const galaxyName = /^\w+\.\w+$/

/** `ns.name:1.0`, `URL#/folder,branch`. What leads elsewhere stays, so that it can be seen. */
function withoutVersion(text: string): string {
  return text.replace(/^(\w+\.\w+):.*$/s, '$1').replace(/[,#](?!.*\.\.).*$/s, '')
}

function plain(from: unknown): string {
  return typeof from === 'string' ? from.replace(/^(git|hg)\+/, '') : JSON.stringify(from ?? null)
}

function isOwn(from: string): boolean {
  return from.startsWith('./') && !from.split('/').includes('..')
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : (value ?? null) === null ? [] : [value]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Integrations: requests of other services that start tasks, with what they match and hand over. */
import type { Knex } from 'knex'
import type { Tx } from './commit.ts'
import { type OwnedRow, ownedTable } from './owned.ts'

/** How a request shows that it may: by a key, in the way of this or that service. */
export const authMethods = ['none', 'token', 'hmac', 'github', 'bitbucket', 'basic'] as const
export type AuthMethod = (typeof authMethods)[number]

export interface IntegrationRow extends OwnedRow {
  template_id: number
  auth_method: AuthMethod
  auth_secret_id: number | null
  /** In which header the token or the digest comes. */
  auth_header: string
  /** The aliases of the project lead to it as well. */
  searchable: boolean
  /** What its tasks ask for beside the template. */
  task_params: Record<string, unknown>
}

/** Where in a request something stands. */
export interface Place {
  source: 'header' | 'body'
  /** Of a body: JSON, in which `key` is a path, or a text as a whole. */
  body_data_type: '' | 'json' | 'string'
  key: string
}

interface PartRow extends Omit<Place, 'source'> {
  id: number
  integration_id: number
  name: string
}

/** A request is meant only if it holds this. */
export interface MatcherRow extends PartRow {
  match_type: Place['source']
  method: 'equals' | 'unequals' | 'contains'
  value: string
}

/** What of a request the task gets. */
export interface ValueRow extends PartRow {
  value_source: Place['source']
  variable: string
  /** An extra variable, or a field of the task. */
  variable_type: 'environment' | 'task'
}

export interface AliasRow {
  id: number
  project_id: number
  /** null = of the project. */
  integration_id: number | null
  alias: string
}

type StoredRow = Omit<IntegrationRow, 'task_params'> & { task_params: string }
const stored = ownedTable<StoredRow>('integrations')

export const integrations = {
  async list(...query: Parameters<typeof stored.list>): Promise<IntegrationRow[]> {
    return (await stored.list(...query)).map(integrationOf)
  },
  async find(db: Knex, project: number, id: number): Promise<IntegrationRow | undefined> {
    const row = await stored.find(db, project, id)
    return row && integrationOf(row)
  },
  insert: (tx: Tx, project: number, row: Omit<IntegrationRow, 'id' | 'project_id'>) =>
    stored.insert(tx, project, columns(row)),
  update: (tx: Tx, project: number, id: number, row: Omit<IntegrationRow, 'id' | 'project_id'>) =>
    stored.update(tx, project, id, columns(row)),
  remove: stored.remove,
}

export interface PartTable<Row extends PartRow> {
  list(db: Knex, integration: number): Promise<Row[]>
  find(db: Knex, integration: number, id: number): Promise<Row | undefined>
  insert(tx: Tx, integration: number, row: Omit<Row, 'id' | 'integration_id'>): Promise<number>
  update(tx: Tx, id: number, row: Omit<Row, 'id' | 'integration_id'>): Promise<void>
  remove(tx: Tx, id: number): Promise<void>
}

export const matchers = partTable<MatcherRow>('integration_matchers')
export const extractedValues = partTable<ValueRow>('integration_values')

/** @param integration null = the aliases of the project */
export function listAliases(
  db: Knex,
  project_id: number,
  integration_id: number | null,
): Promise<AliasRow[]> {
  return db<AliasRow>('integration_aliases').where({ project_id, integration_id }).orderBy('id')
}

export async function insertAlias(tx: Tx, alias: Omit<AliasRow, 'id'>): Promise<AliasRow> {
  const [row] = await tx.db<AliasRow>('integration_aliases').insert(alias, '*')
  return row as AliasRow
}

/** @returns whether there was one */
export async function deleteAlias(tx: Tx, alias: Omit<AliasRow, 'alias'>): Promise<boolean> {
  return (await tx.db('integration_aliases').where(alias).delete()) > 0
}

/** Where an alias leads: to its integration, or to all of its project that are searchable. */
export async function integrationsBehind(
  db: Knex,
  alias: string,
): Promise<{ ofProject: boolean; found: IntegrationRow[] }> {
  const row = await db<AliasRow>('integration_aliases').where({ alias }).first()
  if (row === undefined) return { ofProject: false, found: [] }
  const { project_id, integration_id } = row
  const which = integration_id === null ? { searchable: true } : { id: integration_id }
  const found = await db<StoredRow>('integrations')
    .where({ project_id, ...which })
    .orderBy('id')
  return { ofProject: integration_id === null, found: found.map(integrationOf) }
}

function partTable<Row extends PartRow>(table: string): PartTable<Row> {
  return {
    list: async (db, integration_id) => await db(table).where({ integration_id }).orderBy('id'),
    find: async (db, integration_id, id) => await db(table).where({ integration_id, id }).first(),
    async insert(tx, integration_id, row) {
      return (await tx.db(table).insert({ ...row, integration_id }, ['id']))[0].id
    },
    async update(tx, id, row) {
      await tx.db(table).where({ id }).update(row)
    },
    async remove(tx, id) {
      await tx.db(table).where({ id }).delete()
    },
  }
}

function columns(row: Omit<IntegrationRow, 'id' | 'project_id'>) {
  return { ...row, task_params: JSON.stringify(row.task_params) }
}

/** SQLite answers booleans as 0 and 1. */
function integrationOf(row: StoredRow): IntegrationRow {
  return { ...row, searchable: Boolean(row.searchable), task_params: JSON.parse(row.task_params) }
}

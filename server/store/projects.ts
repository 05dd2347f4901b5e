/** Projects. */
import type { Knex } from 'knex'
import { isFinal, taskStatuses } from '../../broker/states.ts'
import type { Tx } from './commit.ts'
import { kept } from './kept-text.ts'

export interface ProjectRow {
  id: number
  name: string
  alert: boolean
  alert_chat: string | null
  /** 0 = no limit */
  max_parallel_tasks: number
  created: number
}

export async function listProjects(db: Knex): Promise<ProjectRow[]> {
  return (await db('projects').orderBy(['name', 'id'])).map(projectOf)
}

export async function listProjectsOf(db: Knex, user: number): Promise<ProjectRow[]> {
  const rows = await db('projects')
    .join('project_users', 'project_users.project_id', 'projects.id')
    .where({ 'project_users.user_id': user })
    .orderBy(['projects.name', 'projects.id'])
    .select('projects.*')
  return rows.map(projectOf)
}

const byId = kept((db, { id }: { id: number }) => db('projects').where({ id }).limit(1))

export async function findProject(db: Knex, id: number): Promise<ProjectRow | undefined> {
  const [row] = await byId(db, { id })
  return row && projectOf(row)
}

export async function insertProject(tx: Tx, project: Omit<ProjectRow, 'id'>): Promise<number> {
  const [inserted] = await tx.db('projects').insert(project, ['id'])
  return inserted.id
}

export async function updateProject(
  tx: Tx,
  id: number,
  project: Partial<Omit<ProjectRow, 'id' | 'created'>>,
): Promise<void> {
  await tx.db('projects').where({ id }).update(project)
  tx.emit({ kind: 'rules' })
}

/** How many tasks of the project are not over. */
export async function countOpenTasks(tx: Tx, id: number): Promise<number> {
  const [row] = await tx
    .db('tasks')
    .where({ project_id: id })
    .whereNotIn('status', taskStatuses.filter(isFinal))
    .count('id as n')
  return Number(row?.n)
}

/**
 * Deletes the project and all that is in it. Order matters: keys are referenced without a cascade,
 * so that a key in use can never vanish, and SQLite checks that row by row.
 */
export async function deleteProject(tx: Tx, id: number): Promise<void> {
  const inside = ['templates', 'inventories', 'repositories', 'environments', 'access_keys']
  for (const table of inside) await tx.db(table).where({ project_id: id }).delete()
  await tx.db('projects').where({ id }).delete()
  tx.emit({ kind: 'access' })
}

function projectOf(row: ProjectRow): ProjectRow {
  return { ...row, alert: Boolean(row.alert) }
}

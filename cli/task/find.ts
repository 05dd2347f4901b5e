/** From what a person types to what the API takes: projects by name or id, tasks by number alone. */
import type { TaskStatus } from '../../broker/states.ts'
import type { Summary } from '../../broker/summary.ts'
import { AppError } from '../../lib/errors.ts'
import type { Client } from '../client.ts'

/** The fields of a task that the commands show. */
export interface Task {
  id: number
  project_id: number
  template_id: number
  tpl_alias: string
  status: TaskStatus
  message: string
  reason: string | null
  user_name: string | null
  runner_id: number | null
  created: string
  start: string | null
  end: string | null
  /** Of one task alone, once it is over. */
  summary?: Summary | null
}

interface Project {
  id: number
  name: string
}

/** @param which name or id; undefined = the only one there is */
export async function findProject(client: Client, which: string | undefined): Promise<Project> {
  const projects = await client.get<Project[]>('/projects')
  const [only] = projects
  if (which === undefined && only !== undefined && projects.length === 1) return only
  const found = projects.find(({ id, name }) => which === name || which === String(id))
  if (found !== undefined) return found
  const names = projects.map(({ name }) => name).join(', ') || 'none'
  throw new AppError(
    which === undefined ? 'usage' : 'not_found',
    `--project: expected one of ${names}, got ${which ?? 'nothing'}`,
  )
}

/** Task numbers are unique over all projects, so a number is enough. */
export async function findTask(client: Client, number: string): Promise<Task> {
  if (!/^[1-9]\d{0,14}$/.test(number)) {
    throw new AppError('usage', `task: expected a number, got "${number}"`)
  }
  for (const { id } of await client.get<Project[]>('/projects')) {
    try {
      return await client.get<Task>(`/project/${id}/tasks/${number}`)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error
    }
  }
  throw new AppError('not_found', `task ${number}: not found in the projects that you may see`)
}

export function pathOf({ project_id, id }: Pick<Task, 'project_id' | 'id'>): string {
  return `/project/${project_id}/tasks/${id}`
}

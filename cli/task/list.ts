/** `outstation task list` */
import { AppError } from '../../lib/errors.ts'
import { type ClientFlags, createClient } from '../client.ts'
import { tableOf } from '../table.ts'
import { findProject, type Task } from './find.ts'

export interface ListFlags extends ClientFlags {
  project?: string
  limit?: string
  json?: boolean
}

export async function listTasks(flags: ListFlags): Promise<void> {
  const { limit = '20' } = flags
  if (!/^[1-9]\d{0,3}$/.test(limit)) {
    throw new AppError('usage', `--limit: expected a number from 1 to 9999, got "${limit}"`)
  }
  const client = createClient(flags, process.env)
  const project = await findProject(client, flags.project)
  const tasks = await client.get<Task[]>(`/project/${project.id}/tasks?limit=${limit}`)
  if (flags.json) console.log(JSON.stringify(tasks))
  else console.log(tableOf(['TASK', 'STATUS', 'TEMPLATE', 'BY', 'STARTED', 'TOOK'], tasks.map(row)))
}

function row({ id, status, tpl_alias, user_name, start, end }: Task): unknown[] {
  const started = start?.slice(0, 19).replace('T', ' ')
  const seconds = start && end ? (Date.parse(end) - Date.parse(start)) / 1000 : undefined
  return [id, status, tpl_alias, user_name, started, seconds && `${seconds.toFixed(1)} s`]
}

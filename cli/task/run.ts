/** `outstation task run` */
import { AppError } from '../../lib/errors.ts'
import { type ClientFlags, createClient } from '../client.ts'
import { findProject } from './find.ts'
import { follow } from './follow.ts'
import { startTask } from './start.ts'

export interface RunFlags extends ClientFlags {
  project?: string
  template?: string
  message?: string
  limit?: string
  branch?: string
  environment?: string
  arguments?: string
  'dry-run'?: boolean
  diff?: boolean
  wait?: boolean
  follow?: boolean
  json?: boolean
}

/** @throws AppError with --wait or --follow, if the task does not succeed */
export async function runTask(flags: RunFlags): Promise<void> {
  const client = createClient(flags, process.env)
  const project = await findProject(client, flags.project)
  const task = await startTask(client, project.id, bodyOf(flags))
  if (flags.json) console.log(JSON.stringify(task))
  else if (!flags.follow) console.log(`task ${task.id}: ${task.status}`)
  if (flags.wait || flags.follow) await follow(client, task, { log: Boolean(flags.follow) })
}

function bodyOf(flags: RunFlags): Record<string, unknown> {
  const { template } = flags
  if (template === undefined) {
    throw new AppError('usage', '--template: expected a name or number, got nothing')
  }
  return {
    ...(/^\d+$/.test(template) ? { template_id: Number(template) } : { template_name: template }),
    message: flags.message,
    limit: flags.limit,
    git_branch: flags.branch,
    environment: flags.environment,
    arguments: flags.arguments,
    ...(flags['dry-run'] && { dry_run: true }),
    ...(flags.diff && { diff: true }),
  }
}

/** Two tasks, one after the other: started, followed live, and told of by a signed webhook. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import type { Project } from './project.ts'
import type { Stage } from './stage.ts'

export async function runScript(stage: Stage, project: Project): Promise<void> {
  stage.terminal.step('A Bash script')
  const log = await runTask(stage, project, 'Hello')
  if (log.includes(project.secret)) throw new AppError('internal', 'the log shows a secret')
  stage.terminal.done('The script knew a secret; the log has *** in its place')
}

export async function runPlaybook(stage: Stage, project: Project): Promise<void> {
  const { terminal } = stage
  terminal.step('An Ansible playbook')
  if (isInstalled('ansible-playbook')) return void (await runTask(stage, project, 'Site'))
  terminal.line('Left out: ansible-playbook is not installed here. To get it:')
  terminal.command('apt install ansible-core     (or: pipx install ansible-core)')
}

/** @returns its log. @throws AppError if it does not succeed, or the webhook is not right */
async function runTask(stage: Stage, project: Project, template: string): Promise<string> {
  const { terminal, outstation } = stage
  const { env, receiver } = project
  const run = ['task', 'run', '--project', 'Demo', '--template', template, '--follow']
  terminal.command(`outstation ${run.join(' ')}`)
  const log = await outstation.run(run, { env, onLine: (line) => terminal.log(line) })
  const { type, data } = await receiver.next()
  terminal.done(`Webhook: ${type}, task ${data.task_id}, ${data.status}; its signature is right`)
  return log
}

function isInstalled(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return statSync(join(folder, name)).isFile()
    } catch {
      return false
    }
  })
}

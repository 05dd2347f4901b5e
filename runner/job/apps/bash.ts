/**
 * `bash SCRIPT <template args> name=value.. <task args>`, stdin empty. Where Semaphore puts secret
 * variables into argv, readable in /proc by every user of the machine, here they are environment
 * variables of the same name.
 */
import { checked } from '../environment.ts'
import type { App } from './app.ts'
import { scriptOf } from './script.ts'
import { taskDetails, taskDetailsEnv } from './task-details.ts'

export const bash: App = {
  async plan(input) {
    const { job, settings } = input
    const secrets = job.secrets.filter(({ type }) => type === 'var')
    const command = {
      program: settings.path ?? 'bash',
      args: [
        ...(settings.args ?? []),
        await scriptOf(input, 'script'),
        ...job.template_arguments,
        ...Object.entries(job.variables).map(([name, value]) => `${name}=${textOf(value)}`),
        ...job.task_arguments,
      ],
      env: {
        ...taskDetailsEnv(taskDetails(input)),
        ...checked(Object.fromEntries(secrets.map(({ name, value }) => [name, value]))),
      },
      failure: 'Running app failed',
      fix: 'install bash',
    }
    return { commands: [command], notes: [] }
  },
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

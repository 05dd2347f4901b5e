/**
 * The family of interpreters: `PROGRAM <its args> SCRIPT <template args> name=value.. <task args>`,
 * stdin empty. Secret variables are environment variables of the same name, or, where the template
 * asks for Semaphore's way, the first arguments after the script.
 */
import type { Job } from '../../../broker/job.ts'
import { checked } from '../environment.ts'
import type { App } from './app.ts'
import { scriptOf } from './script.ts'
import { hiddenVars, shownVars } from './secret-vars.ts'
import { taskDetails, taskDetailsEnv } from './task-details.ts'

export interface Interpreter {
  /** Found on PATH unless the runner's `apps` say otherwise. */
  program: string
  /** Before the script; the runner's `apps` may replace them. */
  args?: readonly string[]
  env?: Record<string, string>
  /** What to do when the program is not there. */
  fix: string
}

export function shellApp({ program, args = [], env = {}, fix }: Interpreter): App {
  return {
    program,
    fix,
    async run(input, hands) {
      const { job, settings } = input
      await hands.run({
        program: settings.path || program,
        args: [
          ...(settings.args ?? args),
          await scriptOf(input, 'script'),
          ...shownVars(job).map(([name, value]) => `${name}=${value}`),
          ...job.template_arguments,
          ...variableArgs(job),
          ...job.task_arguments,
        ],
        env: { ...env, ...taskDetailsEnv(taskDetails(input)), ...checked(hiddenVars(job)) },
        failure: 'Running app failed',
        fix,
      })
    },
  }
}

/** `semaphore_vars` is Ansible's; scripts get the same as SEMAPHORE_TASK_DETAILS_... */
function variableArgs({ variables }: Job): string[] {
  return Object.entries(variables)
    .filter(([name]) => name !== 'semaphore_vars')
    .map(([name, value]) => `${name}=${variableText(value)}`)
}

/** A value as a command line has it: what is no text is JSON. */
export function variableText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

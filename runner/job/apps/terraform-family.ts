/**
 * Terraform and its kin: init, workspace, plan, and apply once the template, the task or a person has
 * said yes. The command lines are Semaphore's, without `-lock=false`: two tasks must not write one
 * state at once. Secret variables are `TF_VAR_..`; in `-var` only where the template asks for that.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Job } from '../../../broker/job.ts'
import { AppError } from '../../../lib/errors.ts'
import { checked } from '../environment.ts'
import { inside } from '../inside.ts'
import type { App, AppInput, Command } from './app.ts'
import { overrideBackend } from './backend.ts'
import { PlanReader } from './plan-reader.ts'
import { hiddenVars, shownVars } from './secret-vars.ts'
import { variableText } from './shell.ts'

export interface Terraform {
  /** Found on PATH unless the runner's `apps` say otherwise. */
  program: string
  /** What stands before `workspace`, where that is no command of the program itself. */
  passOn?: readonly string[]
  /** What to do when the program is not there. */
  fix: string
}

export function terraformApp({ program, passOn = [], fix }: Terraform): App {
  return {
    program,
    fix,
    async run(input, hands) {
      const { job, settings } = input
      const folder = await folderOf(input)
      const command = (failure: string, args: readonly string[]): Command => ({
        program: settings.path || program,
        args: [...(settings.args ?? []), ...args],
        // A question on a terminal that is not there would be a strange error.
        env: { TF_INPUT: '0', ...hiddenEnv(job) },
        ...{ folder, failure, fix },
      })
      await using _ = await overrideBackend(folder, job.terraform)

      const preparing = 'Failed to install requirements'
      await hands.run(command(preparing, ['init', ...initArgs(job)]))
      const workspace = await workspaceOf(job, folder)
      if (workspace !== undefined) {
        const select = [...passOn, 'workspace', 'select', '-or-create=true', workspace]
        await hands.run(command(preparing, select))
      }

      const changing = 'Running app failed'
      const reader = new PlanReader()
      const plan = command(changing, ['plan', ...runArgs(job)])
      const apply = command(changing, ['apply', '-auto-approve', ...runArgs(job)])
      try {
        await hands.run({ ...plan, read: (line) => reader.plan(line) })
        if (reader.noChanges || job.terraform?.plan || job.dry_run) return
        if (!job.terraform?.auto_approve) await hands.confirm()
        await hands.run({ ...apply, read: (line) => reader.apply(line) })
      } finally {
        if (reader.summary) hands.report(reader.summary)
      }
    },
  }
}

/** Its `playbook` is a folder of the repository. Throws AppError `not_found` or `forbidden`. */
async function folderOf({ job, folder }: AppInput): Promise<string> {
  const path = job.playbook.replace(/^\/+/, '') || '.'
  const found = await inside(folder, path)
  if (found !== undefined && (await stat(found)).isDirectory()) return found
  throw new AppError('not_found', `${path}: expected a folder of the repository, found none`)
}

/** undefined: the one that is in force, which is "default" unless an earlier task took another. */
async function workspaceOf({ inventory }: Job, folder: string): Promise<string | undefined> {
  const named = inventory?.type === 'terraform-workspace' ? inventory.inventory.trim() : ''
  if (named.startsWith('-')) {
    throw new AppError('invalid', `workspace ${JSON.stringify(named)}: expected a name`)
  }
  if (named !== '') return named
  const left = await readFile(join(folder, '.terraform/environment'), 'utf8').catch(() => '')
  return ['', 'default'].includes(left.trim()) ? undefined : 'default'
}

function initArgs({ terraform = {} }: Job): string[] {
  return [
    ...(terraform.upgrade ? ['-upgrade'] : []),
    terraform.reconfigure ? '-reconfigure' : '-migrate-state',
  ]
}

/** Plan and apply are told the same, so that what is applied is what was planned. */
function runArgs(job: Job): string[] {
  const { terraform, template_arguments, task_arguments, variables } = job
  const plain = Object.entries(variables).filter(([name]) => name !== 'semaphore_vars')
  return [
    ...(terraform?.destroy ? ['-destroy'] : []),
    ...template_arguments,
    ...task_arguments,
    ...plain.flatMap(([name, value]) => ['-var', `${name}=${variableText(value)}`]),
    ...shownVars(job).flatMap(([name, value]) => ['-var', `${name}=${value}`]),
  ]
}

function hiddenEnv(job: Job): Record<string, string> {
  const vars = Object.entries(hiddenVars(job))
  return checked(Object.fromEntries(vars.map(([name, value]) => [`TF_VAR_${name}`, value])))
}

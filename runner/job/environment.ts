/**
 * The environment of a task's processes: an allow-list. From the runner's own come PATH and what
 * its owner forwards; a task may set what it likes except names that make a loader, a shell or git
 * run something else before the command has begun.
 */
import type { Job } from '../../broker/job.ts'
import { AppError } from '../../lib/errors.ts'
import type { JobSettings } from './context.ts'

const dangerousPrefix = /^(LD_|DYLD_|BASH_FUNC_|OUTSTATION_)/
const dangerous = new Set([
  'BASH_ENV',
  'ENV',
  'SHELLOPTS',
  'BASHOPTS',
  'PS4',
  'IFS',
  'PROMPT_COMMAND',
  'NODE_OPTIONS',
  'PYTHONSTARTUP',
  'PERL5OPT',
  'PERL5DB',
  'RUBYOPT',
  'JAVA_TOOL_OPTIONS',
  'JDK_JAVA_OPTIONS',
  '_JAVA_OPTIONS',
  'GCONV_PATH',
  'LOCPATH',
  'NLSPATH',
  'GLIBC_TUNABLES',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_ASKPASS',
  'GIT_EXEC_PATH',
  'GIT_PROXY_COMMAND',
  'GIT_EXTERNAL_DIFF',
  'SSH_ASKPASS',
])

export interface EnvironmentParts {
  job: Job
  settings: JobSettings
  folder: string
  home: string
  /** What the app needs. */
  app: Record<string, string>
  /** What the runner needs to find the processes again, and the ssh agent's socket. */
  runner: Record<string, string>
}

/** Later parts win. Throws AppError `forbidden` for a name that a task may not set. */
export function childEnvironment(parts: EnvironmentParts): Record<string, string> {
  const { job, settings, folder, home, app, runner } = parts
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: home,
    PWD: folder,
    ...app,
    ...forwarded(settings.forwarded_env_vars ?? []),
    ...settings.env_vars,
    ...versions(job),
    ...checked({ ...job.env, ...secretVariables(job) }),
    ...runner,
  }
}

function forwarded(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => pair(name, process.env[name])))
}

function pair(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]]
}

/** Environment secrets; a secret of type `var` is for the app to place (see apps/). */
function secretVariables(job: Job): Record<string, string> {
  const secrets = job.secrets.filter(({ type }) => type === 'env')
  return Object.fromEntries(secrets.map(({ name, value }) => [name, value]))
}

function versions({ template, task }: Job): Record<string, string> {
  if (template.type === '') return {}
  return {
    SEMAPHORE_TASK_TYPE: template.type,
    ...(task.incoming_version ? { SEMAPHORE_TASK_INCOMING_VERSION: task.incoming_version } : {}),
    ...(template.type === 'build' && task.target_version
      ? { SEMAPHORE_TASK_TARGET_VERSION: task.target_version }
      : {}),
  }
}

/** Returns the variables that a task sets, or throws one error for all that it may not. */
export function checked(variables: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(variables)) {
    const shown = JSON.stringify(name)
    if (name === '' || /[=\0]/.test(name) || value.includes('\0')) {
      throw new AppError('invalid', `environment variable ${shown}: not a name and value for one`)
    }
  }
  const refused = Object.keys(variables).filter((n) => dangerous.has(n) || dangerousPrefix.test(n))
  if (refused.length === 0) return variables
  const names = refused.map((name) => JSON.stringify(name)).join(', ')
  throw new AppError('forbidden', `environment variable ${names}: not allowed in a task`, {
    fix: "if it is needed, set it in the runner's env_vars",
  })
}

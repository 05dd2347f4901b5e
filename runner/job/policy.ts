/**
 * What the owner of a runner lets its server have it run. The policy lies on the runner, so neither
 * the server nor who has taken it over can widen it. Pure.
 */
import type { Job } from '../../broker/job.ts'
import { AppError } from '../../lib/errors.ts'

/** What is left out allows everything; an empty list allows nothing. */
export interface Policy {
  /** Patterns of git_url: `*` is any text without a slash, `**` any text. */
  repositories?: readonly string[] | undefined
  apps?: readonly string[] | undefined
  /** Patterns of names. */
  templates?: readonly string[] | undefined
  /** `template`: those of the template, none of the task itself; `none`: none at all. */
  arguments?: 'any' | 'template' | 'none' | undefined
}

/** Nothing has been fetched yet. @throws AppError `forbidden`, which names what is not allowed */
export function obey(policy: Policy, job: Job): void {
  const { app, template, task_arguments, template_arguments, inventory, repository } = job
  const urls = [
    repository.git_url,
    ...(inventory?.repository ? [inventory.repository.git_url] : []),
  ]
  for (const url of urls) obeyFrom(policy, 'repository', url)
  among('app', app, policy.apps, (pattern, name) => pattern === name)
  among('template', template.name, policy.templates, matches)
  const { arguments: allowed = 'any' } = policy
  if (allowed !== 'any') none('of the task', task_arguments)
  if (allowed === 'none') none('of the template', template_arguments)
}

/**
 * The same for what a repository brings along: its submodules.
 * @param what it is that comes from `url`. @throws AppError `forbidden`
 */
export function obeyFrom(policy: Policy, what: string, url: string): void {
  among(what, url, policy.repositories, matchesUrl)
}

function among(
  what: string,
  value: string,
  allowed: readonly string[] | undefined,
  match: (pattern: string, value: string) => boolean,
): void {
  if (allowed === undefined || allowed.some((pattern) => match(pattern, value))) return
  throw refusal(`${what} ${JSON.stringify(withoutPassword(value))}`)
}

function none(whose: string, values: readonly string[]): void {
  // What it says may be a secret: it is counted, not shown.
  if (values.length > 0) throw refusal(`arguments ${whose} (${values.length})`)
}

function refusal(what: string): AppError {
  return new AppError('forbidden', `${what}: not allowed by the policy of this runner`, {
    fix: 'its owner decides, in the file that runner.policy_file names',
  })
}

/** A path with steps back could leave the folder that a pattern names. */
function matchesUrl(pattern: string, url: string): boolean {
  const path = url.replaceAll(/%2e/gi, '.').replaceAll(/%2f/gi, '/').replaceAll('\\', '/')
  return !path.split(/[/:]/).some((part) => part === '..' || part === '.') && matches(pattern, url)
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split(/(\*+)/).map((part) => {
    if (part.startsWith('*')) return part === '*' ? '[^/]*' : '.*'
    return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('')}$`, 's').test(text)
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}

/**
 * The secret variables of a job: type `var` of its environment, and the secret answers of its survey.
 * They are handed over unseen. A template may ask for Semaphore's way (`secrets_in_arguments`), for
 * scripts that read them from there: then every user of the machine can read them in /proc.
 */
import type { Job } from '../../../broker/job.ts'

/** For a file or the environment; none if they are arguments. */
export function hiddenVars(job: Job): Record<string, string> {
  return job.secrets_in_arguments ? {} : secretVars(job)
}

/** For the command line; none unless the template asks for it. */
export function shownVars(job: Job): [name: string, value: string][] {
  return job.secrets_in_arguments ? Object.entries(secretVars(job)) : []
}

function secretVars({ secrets }: Job): Record<string, string> {
  const vars = secrets.filter(({ type }) => type === 'var')
  return Object.fromEntries(vars.map(({ name, value }) => [name, value]))
}

/** Finds the playbook or script of a job. */
import { AppError } from '../../../lib/errors.ts'
import { asArgument, inside } from '../inside.ts'
import type { AppInput } from './app.ts'

/**
 * The path as the command line gets it, once it is certain that it lies in the repository.
 * `what` is "playbook" or "script". Throws AppError `not_found`, `invalid` or `forbidden`.
 */
export async function scriptOf({ job, folder, commit }: AppInput, what: string): Promise<string> {
  const path = asArgument(what, job.playbook)
  if ((await inside(folder, path)) === undefined) {
    const where = commit ? `the repository at ${commit.hash}` : folder
    throw new AppError('not_found', `${what} ${path}: not found in ${where}`)
  }
  return path
}

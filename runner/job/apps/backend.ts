/** `override_backend`: the state goes to an HTTP backend, whatever the repository says. */
import { lstat, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Job } from '../../../broker/job.ts'
import { AppError } from '../../../lib/errors.ts'

/** Where it is, and with which credentials, is in the environment: TF_HTTP_ADDRESS and its like. */
const text = 'terraform {\n  backend "http" {\n  }\n}\n'

/**
 * Writes the file, in place of one of the same name; the repository is as it was when it is disposed.
 * Throws AppError `invalid` or `forbidden` for a name that is no file of its own in the folder.
 */
export async function overrideBackend(
  folder: string,
  { override_backend = false, backend_filename = '' }: NonNullable<Job['terraform']> = {},
): Promise<AsyncDisposable> {
  if (!override_backend) return { async [Symbol.asyncDispose]() {} }
  const name = backend_filename || 'backend.tf'
  if (!/^[\w-][\w.-]*$/.test(name)) {
    const got = JSON.stringify(name)
    throw new AppError('invalid', `backend_filename: expected the name of a file, got ${got}`)
  }
  const path = join(folder, name)
  const found = await lstat(path).catch(() => undefined)
  // A link of the repository would lead the writing anywhere.
  if (found && !found.isFile()) throw new AppError('forbidden', `${name}: is no plain file`)
  const before = found && (await readFile(path))
  await replace(path, text)
  return {
    async [Symbol.asyncDispose]() {
      if (before === undefined) await rm(path, { force: true })
      else await replace(path, before)
    },
  }
}

/** A file of its own: what the task put there since may be a link. */
async function replace(path: string, content: string | Buffer): Promise<void> {
  await rm(path, { force: true })
  await writeFile(path, content, { flag: 'wx' })
}

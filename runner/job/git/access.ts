/** How the git binary gets at the credentials of a repository without their being in argv or a URL. */
import type { Key } from '../../../broker/job.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Address, Login } from '../../../lib/git/address.ts'
import { nonce } from '../../../lib/ids.ts'
import type { SecretFolder } from '../secret-folder.ts'

export interface Access {
  /** `-c` settings. */
  config: string[]
  env: Record<string, string>
  /** A line for the log about what git's stderr says was done on the way in. */
  notice?(stderr: string): string | undefined
  /** What git's stderr says if it was not let in, or not on these terms. */
  refusal?(stderr: string): AppError | undefined
  /** Takes the credentials away: the task itself never sees those of its repository. */
  close(): Promise<void>
}

export const none: Access = { config: [], env: {}, close: async () => {} }

/** A key without a login is a token: it goes in both places, as hosts differ in where they look. */
export function loginOf(key: Key, address: Address): Login | undefined {
  if (key.type === 'string') return { username: key.string, password: key.string }
  if (key.type === 'login_password') {
    return { username: key.login || key.password, password: key.password }
  }
  return address.kind === 'http' ? address.login : undefined
}

/**
 * git asks a credential helper rather than GIT_ASKPASS: it can be bound to the URL's own origin, so
 * a redirect to another host gets nothing, and it needs no executable file (/dev/shm is often
 * mounted noexec).
 */
export async function httpAccess(
  url: string,
  login: Login | undefined,
  secrets: SecretFolder,
): Promise<Access> {
  if (!login) return none
  if (/[\n\r\0]/.test(login.username + login.password)) {
    throw new AppError('invalid', 'access key: git cannot use a login or password of two lines')
  }
  const text = `username=${login.username}\npassword=${login.password}\n`
  const path = await secrets.file(`git-credentials-${nonce()}`, text)
  const helper = `!f() { cat '${path.replaceAll("'", "'\\''")}'; }; f`
  return {
    ...none,
    config: [`credential.${new URL(url).origin}.helper=${helper}`],
    close: () => secrets.remove(path),
  }
}

/** The branches of a repository, asked of its git server. */
import type { Repository } from '../../../broker/job.ts'
import { AppError } from '../../../lib/errors.ts'
import { parseAddress } from '../../../lib/git/address.ts'
import { refsByHttp } from './by-http.ts'
import { refsBySsh, type SshRemote } from './by-ssh.ts'

const prefix = 'refs/heads/'

/** By name. @throws AppError `invalid` or `unavailable`, for a person */
export async function remoteBranches(
  { git_url, key }: Pick<Repository, 'git_url' | 'key'>,
  remote: SshRemote,
): Promise<string[]> {
  const address = addressOf(git_url)
  const refs =
    address.kind === 'ssh'
      ? await refsBySsh(address, key, remote)
      : await refsByHttp(git_url, key, remote.guard)
  const branches = refs.filter((ref) => ref.startsWith(prefix))
  return branches.map((ref) => ref.slice(prefix.length)).sort()
}

function addressOf(gitUrl: string) {
  const address = parsed(gitUrl)
  if (address?.kind === 'http' || address?.kind === 'ssh') return address
  throw new AppError('invalid', 'git_url: only a repository over http, https or ssh can be asked', {
    fix: 'type the branch: runners fetch what the server cannot ask for',
  })
}

function parsed(gitUrl: string) {
  try {
    return parseAddress(gitUrl)
  } catch {
    return undefined
  }
}

/** The branches of a repository, asked of its git server. */
import type { Repository } from '../../../broker/job.ts'
import { AppError } from '../../../lib/errors.ts'
import { parseAddress } from '../../../lib/git/address.ts'
import { refsByHttp } from './by-http.ts'
import { refsBySsh, type SshRemote } from './by-ssh.ts'
import type { Ref } from './limits.ts'

const prefix = 'refs/heads/'

type Asked = Pick<Repository, 'git_url' | 'key'>

/** By name. @throws AppError `invalid` or `unavailable`, for a person */
export async function remoteBranches(repository: Asked, remote: SshRemote): Promise<string[]> {
  const refs = await remoteRefs(repository, remote)
  const branches = refs.filter(({ ref }) => ref.startsWith(prefix))
  return branches.map(({ ref }) => ref.slice(prefix.length)).sort()
}

/** Its branches at least. @throws AppError `invalid` or `unavailable`, for a person */
export async function remoteRefs({ git_url, key }: Asked, remote: SshRemote): Promise<Ref[]> {
  const address = addressOf(git_url)
  if (address.kind === 'ssh') return await refsBySsh(address, key, remote)
  return await refsByHttp(git_url, key, remote.guard)
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

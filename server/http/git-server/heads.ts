import { AppError } from '../../../lib/errors.ts'
import { lanes } from '../../../lib/lanes.ts'
import { openRepository } from '../../store/repositories.ts'
import type { HttpContext } from '../context.ts'
import { remoteRefs } from './branches.ts'
import { remoteOf } from './remote.ts'

/** So many git servers are asked at once: each may take its time. */
const atOnce = 4

/** @returns where the branch of a repository stands now: the hash of a commit */
export function repositoryHeads(
  context: Pick<HttpContext, 'store' | 'cipher' | 'config' | 'clock'>,
): (repository: number) => Promise<string> {
  const { store, cipher } = context
  const remote = remoteOf(context)
  const ask = lanes(atOnce)
  return (id) =>
    ask(async () => {
      const repository = await openRepository(store.read, cipher, id)
      const wanted = `refs/heads/${repository.git_branch}`
      const found = (await remoteRefs(repository, remote)).find(({ ref }) => ref === wanted)
      if (found !== undefined) return found.oid
      throw new AppError('invalid', `the git server has no branch ${repository.git_branch}`, {
        fix: 'set the branch of the repository to one that is there',
      })
    })
}

import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { keys } from '../../store/keys.ts'
import { expectOwned } from '../../store/owned.ts'
import { openRepository, repositories, repositoryReferences } from '../../store/repositories.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Name, PathIds, Text } from '../fields.ts'
import { remoteBranches } from '../git-server/branches.ts'
import { remoteOf } from '../git-server/remote.ts'
import { resourceRoutes } from '../resource.ts'

const fields = {
  name: Name,
  git_url: Type.String({ minLength: 1, maxLength: 4096 }),
  git_branch: Type.String({ maxLength: 255 }),
  ssh_key_id: Id,
}
/** A branch may be missing: an absolute path on the runner's own disk is taken as it stands. */
const Body = Type.Object({ ...PathIds, ...fields, git_branch: Type.Optional(fields.git_branch) })
const View = Type.Object({ id: Id, project_id: Id, ...fields, git_branch: Text })

export function repositoryRoutes(app: App, context: HttpContext): void {
  const { store, cipher } = context
  const remote = remoteOf(context)
  resourceRoutes(app, context, {
    path: 'repositories',
    noun: 'repository',
    body: Body,
    view: View,
    table: repositories,
    sorts: { name: 'name', git_url: 'git_url', ssh_key: 'ssh_key_id' },
    show: async (_db, rows) => [...rows],
    async insert(tx, project, body) {
      await expectOwned(tx, keys, project, 'ssh_key_id', body.ssh_key_id)
      return await repositories.insert(tx, project, columns(body))
    },
    async update(tx, { id, project_id }, body) {
      await expectOwned(tx, keys, project_id, 'ssh_key_id', body.ssh_key_id)
      await repositories.update(tx, project_id, id, columns(body))
    },
    references: (db, { id }) => repositoryReferences(db, id),
  })

  app.get(
    '/api/project/:project_id/repositories/:id/branches',
    {
      config: { access: 'project:manage' },
      schema: {
        tags: ['repositories'],
        summary: 'The branches that its git server has, by name',
        params: Type.Object({ project_id: Id, id: Id }),
        response: { 200: Type.Array(Text) },
      },
    },
    async (request) => {
      const { project_id, id } = request.params
      if ((await repositories.find(store.read, project_id, id)) === undefined) {
        throw new AppError('not_found', `repository ${id}: not found`)
      }
      return await remoteBranches(await openRepository(store.read, cipher, id), remote)
    },
  )
}

function columns({ name, git_url, git_branch = '', ssh_key_id }: Type.Static<typeof Body>) {
  if (git_branch === '' && !git_url.startsWith('/')) {
    throw new AppError('invalid', 'git_branch: expected the name of a branch, got nothing')
  }
  return { name, git_url, git_branch, ssh_key_id }
}

import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import {
  deleteProjectUser,
  findRole,
  listProjectUsers,
  projectRoles,
  putProjectUser,
} from '../../store/projects.ts'
import { findUser } from '../../store/users.ts'
import { projectOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Name } from '../fields.ts'

const Role = Type.Enum([...projectRoles])
const View = Type.Object({ id: Id, name: Name, username: Name, email: Name, role: Role })
const OnePath = Type.Object({ project_id: Id, user_id: Id })
const tags = ['project']
const users = { access: 'project:users' } as const

/** Who works in a project, and as what. */
export function projectUserRoutes(app: App, { store }: HttpContext): void {
  app.get(
    '/api/project/:project_id/users',
    {
      config: { access: 'project:read' },
      schema: { tags, summary: 'Members of a project', response: { 200: Type.Array(View) } },
    },
    async (request) => {
      const rows = await listProjectUsers(store.read, projectOf(request).id)
      return rows.map(({ login, ...row }) => ({ ...row, username: login }))
    },
  )

  app.post(
    '/api/project/:project_id/users',
    {
      config: users,
      schema: {
        tags,
        summary: 'Add a member to a project',
        body: Type.Object({ user_id: Id, role: Role }),
      },
    },
    async (request, reply) => {
      const { user_id, role } = request.body
      await store.commit(async (tx) => {
        if ((await findUser(tx.db, user_id)) === undefined) {
          throw new AppError('invalid', `user_id: expected the id of a user, got ${user_id}`)
        }
        await putProjectUser(tx, projectOf(request).id, user_id, role)
      })
      return reply.status(204).send()
    },
  )

  app.put(
    '/api/project/:project_id/users/:user_id',
    {
      config: users,
      schema: {
        tags,
        summary: 'Change the role of a member',
        params: OnePath,
        body: Type.Object({ role: Role }),
      },
    },
    async (request, reply) => {
      const { project_id, user_id } = request.params
      await store.commit(async (tx) => {
        await expectMember(tx.db, project_id, user_id)
        await putProjectUser(tx, project_id, user_id, request.body.role)
      })
      return reply.status(204).send()
    },
  )

  app.delete(
    '/api/project/:project_id/users/:user_id',
    { config: users, schema: { tags, summary: 'Remove a member', params: OnePath } },
    async (request, reply) => {
      const { project_id, user_id } = request.params
      await store.commit(async (tx) => {
        await expectMember(tx.db, project_id, user_id)
        await deleteProjectUser(tx, project_id, user_id)
      })
      return reply.status(204).send()
    },
  )
}

async function expectMember(
  db: Parameters<typeof findRole>[0],
  project: number,
  user: number,
): Promise<void> {
  if ((await findRole(db, project, user)) !== undefined) return
  throw new AppError('not_found', `user ${user}: not a member of this project`)
}

import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import type { Tx } from '../../store/commit.ts'
import {
  deleteProjectUser,
  findRole,
  listProjectUsers,
  projectRoles,
  putProjectUser,
} from '../../store/project-users.ts'
import { findUser, findUserByAuth, type UserRow } from '../../store/users.ts'
import { actorOf, projectOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Maybe, MaybeId, Name } from '../fields.ts'
import { recorder } from '../record.ts'

const Role = Type.Enum([...projectRoles])
const View = Type.Object({ id: Id, name: Name, username: Name, email: Name, role: Role })
/** What `?sort=` may name -> the column. */
const sorts = { name: 'name', username: 'login', email: 'email', role: 'role' } as const
const Query = Type.Object({
  sort: Type.Optional(Type.Enum(['name', 'username', 'email', 'role'])),
  order: Type.Optional(Type.Enum(['asc', 'desc'])),
})
/** Who manages a project need not know ids: an owner sees no list of all users. */
const NewMember = Type.Object({
  user_id: MaybeId,
  /** Login or email, instead of `user_id`. */
  username: Maybe(Name),
  role: Role,
})
const OnePath = Type.Object({ project_id: Id, user_id: Id })
const tags = ['project']
const users = { access: 'project:users' } as const

/** Who works in a project, and as what. */
export function projectUserRoutes(app: App, context: HttpContext): void {
  const { store } = context
  const record = recorder(context)

  app.get(
    '/api/project/:project_id/users',
    {
      config: { access: 'project:read' },
      schema: {
        tags,
        summary: 'Members of a project',
        querystring: Query,
        response: { 200: Type.Array(View) },
      },
    },
    async (request) => {
      const { sort = 'name', order } = request.query
      const rows = await listProjectUsers(store.read, projectOf(request).id, {
        by: sorts[sort],
        descending: order === 'desc',
      })
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
        body: NewMember,
      },
    },
    async (request, reply) => {
      const { role } = request.body
      await store.commit(async (tx) => {
        const user = await userNamed(tx, request.body)
        await putProjectUser(tx, projectOf(request).id, user.id, role)
        await record(tx, request, { ...memberOf(user), done: `made ${role}` })
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
        const user = await expectMember(tx, project_id, user_id)
        const { role } = request.body
        await putProjectUser(tx, project_id, user_id, role)
        await record(tx, request, { ...memberOf(user), done: `made ${role}` })
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
        const user = await expectMember(tx, project_id, user_id)
        await deleteProjectUser(tx, project_id, user_id)
        await record(tx, request, { ...memberOf(user), done: 'put out of the project' })
      })
      return reply.status(204).send()
    },
  )

  app.delete(
    '/api/project/:project_id/me',
    { config: { access: 'project:read' }, schema: { tags, summary: 'Leave a project' } },
    async (request, reply) => {
      const [project, me] = [projectOf(request).id, actorOf(request).id]
      await store.commit(async (tx) => {
        const user = await expectMember(tx, project, me)
        await deleteProjectUser(tx, project, me)
        await record(tx, request, { ...memberOf(user), done: 'left the project' })
      })
      return reply.status(204).send()
    },
  )
}

/** @throws AppError `invalid` if there is no such user */
async function userNamed(
  { db }: Tx,
  { user_id, username }: Type.Static<typeof NewMember>,
): Promise<UserRow> {
  if (!user_id && !username) {
    throw new AppError('invalid', 'user_id or username: expected one, got neither')
  }
  const user = user_id ? await findUser(db, user_id) : await findUserByAuth(db, username as string)
  if (user !== undefined) return user
  const wrong = user_id
    ? `user_id: expected the id of a user, got ${user_id}`
    : `username: expected the login or email of a user, got ${username}`
  throw new AppError('invalid', wrong)
}

function memberOf({ id, name }: UserRow) {
  return { type: 'user', id, name }
}

async function expectMember({ db }: Tx, project: number, user: number): Promise<UserRow> {
  const [role, row] = [await findRole(db, project, user), await findUser(db, user)]
  if (role !== undefined && row !== undefined) return row
  throw new AppError('not_found', `user ${user}: not a member of this project`)
}

import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { hashPassword } from '../../store/passwords.ts'
import { deleteSessionsOf } from '../../store/tokens.ts'
import {
  deleteUser,
  findUser,
  insertUser,
  listUsers,
  type UserRow,
  updateUser,
} from '../../store/users.ts'
import { actorOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Name } from '../fields.ts'
import { recorder } from '../record.ts'
import { UserView, userView } from '../user-view.ts'

const Password = Type.String({ minLength: 1, maxLength: 1024 })
const NewUser = Type.Object({
  username: Name,
  name: Name,
  email: Name,
  password: Password,
  admin: Type.Optional(Type.Boolean()),
  alert: Type.Optional(Type.Boolean()),
})
const ChangedUser = Type.Object({
  username: Type.Optional(Name),
  name: Type.Optional(Name),
  email: Type.Optional(Name),
  admin: Type.Optional(Type.Boolean()),
  alert: Type.Optional(Type.Boolean()),
})
const OnePath = Type.Object({ user_id: Id })
const tags = ['user']
const type = 'user'

/** Admins manage everybody; everybody may read and change themselves, but not make themselves admin. */
export function usersRoutes(app: App, context: HttpContext): void {
  const { store, clock } = context
  const record = recorder(context)

  async function existing(id: number): Promise<UserRow> {
    const user = await findUser(store.read, id)
    if (user === undefined) throw new AppError('not_found', `user ${id}: not found`)
    return user
  }

  app.get(
    '/api/users',
    {
      config: { access: 'admin' },
      schema: { tags, summary: 'All users', response: { 200: Type.Array(UserView) } },
    },
    async () => (await listUsers(store.read)).map(userView),
  )

  app.post(
    '/api/users',
    {
      config: { access: 'admin' },
      schema: { tags, summary: 'Create a user', body: NewUser, response: { 201: UserView } },
    },
    async (request, reply) => {
      const { username, name, email, admin = false, alert = false } = request.body
      const password = await hashPassword(request.body.password)
      const user = { login: username, name, email, admin, alert, password, created: clock.now() }
      const id = await store.commit(async (tx) => {
        const id = await insertUser(tx, user)
        await record(tx, request, { type, id, name, done: admin ? 'created, as admin' : 'created' })
        return id
      })
      return reply.status(201).send(userView({ id, ...user }))
    },
  )

  app.get(
    '/api/users/:user_id',
    {
      config: { access: 'self' },
      schema: { tags, summary: 'Get a user', params: OnePath, response: { 200: UserView } },
    },
    async (request) => {
      return userView(await existing(request.params.user_id))
    },
  )

  app.put(
    '/api/users/:user_id',
    {
      config: { access: 'self' },
      schema: { tags, summary: 'Update a user', params: OnePath, body: ChangedUser },
    },
    async (request, reply) => {
      const { user_id } = request.params
      const user = await existing(user_id)
      const { username: login = user.login, name = user.name, email = user.email } = request.body
      // Semaphore's clients leave out what is false; nobody gives up rights of their own that way.
      const kept = actorOf(request).id === user_id ? user : { admin: false, alert: false }
      const { admin = kept.admin, alert = kept.alert } = request.body
      if (admin !== user.admin && !actorOf(request).admin) {
        throw new AppError('forbidden', 'only an admin can change who is admin')
      }
      const turned = admin ? 'made admin' : 'is admin no more'
      const done = admin === user.admin ? 'changed' : turned
      await store.commit(async (tx) => {
        await updateUser(tx, user_id, { login, name, email, admin, alert })
        await record(tx, request, { type, id: user_id, name, done })
      })
      return reply.status(204).send()
    },
  )

  app.post(
    '/api/users/:user_id/password',
    {
      config: { access: 'self' },
      schema: {
        tags,
        summary: 'Set a password; ends all sessions of the user',
        params: OnePath,
        body: Type.Object({ password: Password }),
      },
    },
    async (request, reply) => {
      const { user_id } = request.params
      const { name } = await existing(user_id)
      const password = await hashPassword(request.body.password)
      await store.commit(async (tx) => {
        await updateUser(tx, user_id, { password })
        await deleteSessionsOf(tx, user_id)
        await record(tx, request, { type, id: user_id, name, done: 'given a new password' })
      })
      return reply.status(204).send()
    },
  )

  app.delete(
    '/api/users/:user_id',
    {
      config: { access: 'admin' },
      schema: { tags, summary: 'Delete a user', params: OnePath },
    },
    async (request, reply) => {
      const { user_id } = request.params
      const { name } = await existing(user_id)
      await store.commit(async (tx) => {
        await deleteUser(tx, user_id)
        await record(tx, request, { type, id: user_id, name, done: 'deleted' })
      })
      return reply.status(204).send()
    },
  )
}

import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import {
  deleteApiToken,
  insertToken,
  listApiTokens,
  type TokenRow,
  tokenPrefix,
} from '../../store/tokens.ts'
import { actorOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, iso, Maybe, Text, Time } from '../fields.ts'
import { recorder } from '../record.ts'
import { UserView, userView } from '../user-view.ts'

const Token = Type.Object({
  /** The token itself once, at its creation; after that only its first characters. */
  id: Text,
  name: Text,
  created: Time,
  expired: Type.Boolean(),
  user_id: Id,
})
const NewToken = Type.Object({ name: Maybe(Type.String({ maxLength: 255 })) })
const tags = ['user']

/** The user who asks, and that user's API tokens. */
export function userRoutes(app: App, context: HttpContext): void {
  const { store, clock } = context
  const record = recorder(context)

  app.get(
    '/api/user',
    {
      config: { access: 'user' },
      schema: { tags, summary: 'Who is logged in', response: { 200: UserView } },
    },
    async (request) => userView(actorOf(request)),
  )

  app.get(
    '/api/user/tokens',
    {
      config: { access: 'user' },
      schema: { tags, summary: 'Your API tokens', response: { 200: Type.Array(Token) } },
    },
    async (request) => {
      const rows = await listApiTokens(store.read, actorOf(request).id)
      return rows.map((row) => viewOf(row.prefix, row, clock.now()))
    },
  )

  app.post(
    '/api/user/tokens',
    {
      config: { access: 'user' },
      schema: { tags, summary: 'Create an API token', body: NewToken, response: { 201: Token } },
    },
    async (request, reply) => {
      const created = clock.now()
      const name = request.body.name ?? ''
      const token = { user_id: actorOf(request).id, name, created, expires: null }
      const id = await store.commit(async (tx) => {
        const id = await insertToken(tx, { kind: 'api', ...token })
        await record(tx, request, { ...deedOn(id), done: 'created' })
        return id
      })
      return reply.status(201).send(viewOf(id, token, created))
    },
  )

  app.delete(
    '/api/user/tokens/:token',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Delete an API token, by itself or its first characters',
        params: Type.Object({ token: Text }),
      },
    },
    async (request, reply) => {
      const { token } = request.params
      const deleted = await store.commit(async (tx) => {
        const deleted = await deleteApiToken(tx, actorOf(request).id, token)
        if (deleted > 0) await record(tx, request, { ...deedOn(token), done: 'deleted' })
        return deleted
      })
      if (deleted === 0) throw new AppError('not_found', 'you have no such token')
      return reply.status(204).send()
    },
  )
}

/** Only what lists show of it, too. */
function deedOn(token: string) {
  return { type: 'token', id: null, name: tokenPrefix(token) }
}

function viewOf(
  id: string,
  { name, created, expires, user_id }: Pick<TokenRow, 'name' | 'created' | 'expires' | 'user_id'>,
  now: number,
): Type.Static<typeof Token> {
  return {
    id,
    name,
    created: iso(created),
    expired: expires !== null && expires <= now,
    user_id,
  }
}

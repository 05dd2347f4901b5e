import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import type { Tx } from '../../store/commit.ts'
import { verifyPassword } from '../../store/passwords.ts'
import {
  deleteExpiredTokens,
  deleteSession,
  findTokenUser,
  insertToken,
} from '../../store/tokens.ts'
import { findUserByAuth } from '../../store/users.ts'
import { sessionCookie } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { recorder } from '../record.ts'
import { Throttle } from '../throttle.ts'

const day = 24 * 3600_000
/** A browser logs in again after this, used or not. */
const sessionMs = 7 * day
const tags = ['authentication']
const nobody = { actor: null, project: null }

export function authRoutes(app: App, context: HttpContext): void {
  const { store, clock, config, tls, log } = context
  // Failures of one account; and all tries from one address, for those cost a password check each.
  const perAccount = new Throttle(10, 5 * 60_000, clock)
  const perAddress = new Throttle(100, 5 * 60_000, clock)
  const record = recorder(context)
  const secure = tls !== undefined || config.web_host.startsWith('https:')
  const cookie = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const

  app.get(
    '/api/auth/login',
    { config: { access: 'public' }, schema: { tags, summary: 'Ways to log in' } },
    async () => ({ oidc_providers: [], login_with_password: true }),
  )

  app.post(
    '/api/auth/login',
    {
      config: { access: 'public' },
      bodyLimit: 16_384,
      schema: {
        tags,
        summary: 'Log in; sets the session cookie',
        body: Type.Object({
          /** Login or email address. */
          auth: Type.String({ minLength: 1, maxLength: 255 }),
          password: Type.String({ maxLength: 1024 }),
        }),
      },
    },
    async (request, reply) => {
      const { auth, password } = request.body
      const account = `${auth.toLowerCase()} ${request.ip}`
      perAddress.enter(request.ip)
      perAccount.enter(account)
      const user = await findUserByAuth(store.read, auth)
      if (!(await verifyPassword(password, user?.password)) || user === undefined) {
        // Without the login: people type their password there.
        log.warn('a login was refused', { address: request.ip })
        const done = `refused, from ${request.ip}`
        await store.commit((tx) => record(tx, nobody, { type: 'login', id: null, done }))
        throw new AppError('unauthenticated', 'wrong login or password')
      }
      perAccount.forget(account)
      const created = clock.now()
      const token = await store.commit(async (tx) => {
        await deleteExpiredTokens(tx, created)
        const expires = created + sessionMs
        const { id, name } = user
        const done = `logged in from ${request.ip}`
        await record(tx, { actor: user, project: null }, { type: 'user', id, name, done })
        return await insertToken(tx, { kind: 'session', user_id: id, created, expires })
      })
      reply.setCookie(sessionCookie, token, { ...cookie, maxAge: sessionMs / 1000 })
      return reply.status(204).send()
    },
  )

  app.post(
    '/api/auth/logout',
    { config: { access: 'public' }, schema: { tags, summary: 'End this session' } },
    async (request, reply): Promise<FastifyReply> => {
      const session = request.cookies[sessionCookie]
      if (session) await store.commit((tx) => endSession(tx, session))
      return reply.clearCookie(sessionCookie, cookie).status(204).send()
    },
  )

  async function endSession(tx: Tx, session: string): Promise<void> {
    const user = await findTokenUser(tx.db, session, 'session', clock.now())
    await deleteSession(tx, session)
    if (user === undefined) return
    const { id, name } = user
    await record(tx, { actor: user, project: null }, { type: 'user', id, name, done: 'logged out' })
  }
}

/** Fastify as this API uses it: typed by its schemas, and every route says who may call it. */
import '@fastify/cookie'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { UserRow } from '../store/users.ts'
import type { Access, ProjectAccess } from './access.ts'
import type { Resources } from './resources.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    access: Access
  }
  interface FastifyInstance {
    /** What belongs to a project, for whoever reads or makes all of it. */
    resources: Resources
  }
  interface FastifyRequest {
    /** Who asks; null on public routes. Read it by `actorOf`. */
    actor: UserRow | null
    /** The project of the path; null outside projects. Read it by `projectOf`. */
    project: ProjectAccess | null
  }
}

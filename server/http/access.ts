/** Who may call what. Each route names its access in one word; a route that names none cannot be made. */
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { AppError } from '../../lib/errors.ts'
import { findRole, type ProjectRole } from '../store/project-users.ts'
import { findProject, type ProjectRow } from '../store/projects.ts'
import { findTokenUser } from '../store/tokens.ts'
import type { UserRow } from '../store/users.ts'
import type { HttpContext } from './context.ts'
import { Throttle } from './throttle.ts'

export const projectRights = ['read', 'run', 'manage', 'update', 'users'] as const
export type ProjectRight = (typeof projectRights)[number]

/**
 * public: anybody. user: who is logged in. self: the user of the path, and admins. admin: admins. The
 * rest: members of the path's project.
 */
export type Access = 'public' | 'user' | 'self' | 'admin' | `project:${ProjectRight}`

/** What each role of a project may do, as in Semaphore. */
const rightsOf: Record<ProjectRole, readonly ProjectRight[]> = {
  owner: projectRights,
  manager: ['read', 'run', 'manage'],
  task_runner: ['read', 'run'],
  guest: ['read'],
}

/** The same as Semaphore's bit mask, for its clients: run 1, update 2, manage 4, users 8. */
const bitOf: Record<ProjectRight, number> = { read: 0, run: 1, update: 2, manage: 4, users: 8 }

export function rightsMask(rights: readonly ProjectRight[]): number {
  return rights.reduce((mask, right) => mask | bitOf[right], 0)
}

export interface ProjectAccess extends ProjectRow {
  role: ProjectRole
  rights: readonly ProjectRight[]
}

export const sessionCookie = 'semaphore'

export function actorOf(request: FastifyRequest): UserRow {
  if (request.actor === null) throw new AppError('internal', 'a public route asks for its user')
  return request.actor
}

export function projectOf(request: FastifyRequest): ProjectAccess {
  if (request.project === null) throw new AppError('internal', 'no project in this path')
  return request.project
}

/** Deny by default: fails the start of a server that has a route without `config.access`. */
export function expectAccess({ config, method, url }: RouteOptions): void {
  if (config?.access === undefined) {
    throw new AppError('internal', `${method} ${url}: expected config.access, got none`)
  }
}

export interface Caller {
  /** null on public routes */
  actor: UserRow | null
  /** null outside projects */
  project: ProjectAccess | null
}

type AccessContext = Pick<HttpContext, 'store' | 'clock' | 'config'>

/** Wrong API tokens of one address in a minute; whoever has a right one is never held up by them. */
const wrongTokens = 60

/** The hook before everything else of a request; the body is not even read for strangers. */
export function authorize(context: AccessContext) {
  const perAddress = new Throttle(wrongTokens, 60_000, context.clock)
  return async (request: FastifyRequest, _reply: FastifyReply): Promise<void> => {
    try {
      Object.assign(request, await callerOf(context, request))
    } catch (error) {
      const isRefused = error instanceof AppError && error.code === 'unauthenticated'
      if (isRefused && bearerOf(request) !== undefined) perAddress.enter(request.ip)
      throw error
    }
  }
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
}

/**
 * Who calls, if they may call this.
 * @throws AppError `unauthenticated`, `forbidden`; `not_found` in a project that is not theirs
 */
export async function callerOf(context: AccessContext, request: FastifyRequest): Promise<Caller> {
  // An unknown address has no route, so no access to check; it answers 404.
  const access = request.is404 ? 'public' : request.routeOptions.config.access
  if (access === 'public') return { actor: null, project: null }
  const found = access.startsWith('project:') ? projectInPath(context, request) : undefined
  const actor = await authenticate(context, request)
  if (found === undefined) {
    if (actor.admin || access === 'user' || (access === 'self' && isSelf(request, actor))) {
      return { actor, project: null }
    }
    throw new AppError('forbidden', 'this is for admins only')
  }
  const project = await enter(context, request, actor, await found)
  const right = access.slice('project:'.length) as ProjectRight
  if (project.rights.includes(right)) return { actor, project }
  throw new AppError('forbidden', `your role ${project.role} may not ${right} here`)
}

function isSelf(request: FastifyRequest, { id }: UserRow): boolean {
  return (request.params as { user_id: string }).user_id === String(id)
}

async function authenticate(context: AccessContext, request: FastifyRequest): Promise<UserRow> {
  const { store, clock } = context
  const bearer = bearerOf(request)
  const session = request.cookies[sessionCookie]
  const user =
    bearer !== undefined
      ? await findTokenUser(store.read, bearer, 'api', clock.now())
      : session !== undefined && notForged(context, request)
        ? await findTokenUser(store.read, session, 'session', clock.now())
        : undefined
  if (user !== undefined) return user
  throw new AppError('unauthenticated', 'no valid session or API token', {
    fix: 'log in at /api/auth/login or send "Authorization: Bearer TOKEN"',
  })
}

/**
 * A browser adds the cookie by itself, so a request that the page of another origin made does not
 * count as the user's. Older browsers name that origin, or have SameSite; programs send neither header.
 */
function notForged({ config }: AccessContext, request: FastifyRequest): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site !== undefined) return site === 'none' || site === 'same-origin'
  // Behind a proxy the server is called by another name than people call it.
  const own = [request.host, URL.canParse(config.web_host) ? new URL(config.web_host).host : '']
  return origin === undefined || (URL.canParse(origin) && own.includes(new URL(origin).host))
}

/** Looked up while the user still is: neither waits for the other. */
function projectInPath(
  { store }: AccessContext,
  request: FastifyRequest,
): Promise<ProjectRow | undefined> {
  const id = /^[1-9]\d{0,14}$/.test(projectId(request)) ? Number(projectId(request)) : 0
  const project = findProject(store.read, id)
  // A stranger is refused before anybody waits for it.
  project.catch(() => {})
  return project
}

function projectId(request: FastifyRequest): string {
  return (request.params as { project_id: string }).project_id
}

/** A project that is not there and one that is not yours look the same. */
async function enter(
  { store }: AccessContext,
  request: FastifyRequest,
  user: UserRow,
  project: ProjectRow | undefined,
): Promise<ProjectAccess> {
  const role = project && (user.admin ? 'owner' : await findRole(store.read, project.id, user.id))
  if (project === undefined || role === undefined) {
    throw new AppError('not_found', `project ${projectId(request)}: not found`)
  }
  return { ...project, role, rights: rightsOf[role] }
}

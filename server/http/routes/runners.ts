import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { clearCache } from '../../dispatch/clear-cache.ts'
import type { Tx } from '../../store/commit.ts'
import type { Knex } from '../../store/owned.ts'
import { findProject } from '../../store/projects.ts'
import { findRunner, listRunners, type RunnerRow, updateRunner } from '../../store/runners.ts'
import type { Access } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { expectSameIds, Id, Nullable, Text } from '../fields.ts'
import { recorder } from '../record.ts'
import { createRunner, dismissRunner, rotateToken } from '../runner-credentials.ts'
import { runnerDeed } from '../runner-deed.ts'
import { announceRunner, newRegistrationToken } from '../runner-registration.ts'
import {
  NewRunnerBody,
  RunnerBody,
  RunnerView,
  RunnerWithToken,
  runnerColumns,
  runnerView,
  runnerViews,
} from '../runner-view.ts'

export const RunnerPath = Type.Object({ runner_id: Id })
const RegistrationToken = Type.Object({
  registration_token: Text,
  runner_id: Id,
  project_id: Nullable(Id),
})
/** Only what it keeps of one project; a project clears its own anyway. */
const CacheQuery = Type.Object({ project_id: Type.Optional(Id) })
const tags = ['runner']

/** All runners, for admins; and those of one project, for whoever manages it. */
export function runnerRoutes(app: App, context: HttpContext): void {
  routesAt(app, context, '/api/runners', { access: 'admin', path: RunnerPath })
  const path = Type.Object({ project_id: Id, runner_id: Id })
  routesAt(app, context, '/api/project/:project_id/runners', { access: 'project:manage', path })
}

interface Scope {
  access: Access
  path: typeof RunnerPath
}

function routesAt(app: App, context: HttpContext, all: string, { access, path }: Scope): void {
  const { store, clock } = context
  const record = recorder(context)
  const config = { access }
  const one = `${all}/:runner_id`
  const schema = <S extends object>(summary: string, parts: S) => ({ tags, summary, ...parts })
  const existing = ({ params, project }: Asking) =>
    existingRunner(store.read, params.runner_id, project?.id)
  const told = (request: FastifyRequest, done: string) => (tx: Tx, runner: RunnerRow) =>
    record(tx, ...runnerDeed(request.actor, runner, done))

  app.get(
    all,
    { config, schema: schema('Runners', { response: { 200: Type.Array(RunnerView) } }) },
    async ({ project }) => {
      const all = await listRunners(store.read)
      const rows = project === null ? all : all.flatMap((row) => inProject(row, project.id))
      return await runnerViews(store.read, rows)
    },
  )

  app.post(
    all,
    {
      config,
      schema: schema('Create a runner; its token is shown this once', {
        body: NewRunnerBody,
        response: { 201: RunnerWithToken },
      }),
    },
    async (request, reply) => {
      const { registered, ...body } = request.body
      const columns = await columnsIn(store.read, request, body)
      const make = registered === false ? announceRunner : createRunner
      const also = told(request, 'created')
      const { runner, token } = await make(context, { name: '', ...columns }, also)
      const view = await runnerView(store.read, runner)
      return reply.status(201).send({ ...view, ...(token && { token }) })
    },
  )

  app.get(
    one,
    { config, schema: schema('Get a runner', { params: path, response: { 200: RunnerView } }) },
    async (request) => await runnerView(store.read, await existing(request)),
  )

  app.put(
    one,
    { config, schema: schema('Update a runner', { params: path, body: RunnerBody }) },
    async (request, reply) => {
      const { id } = await existing(request)
      const columns = await columnsIn(store.read, request, request.body)
      await store.commit(async (tx) => {
        await updateRunner(tx, id, columns)
        await told(request, 'changed')(tx, await existingRunner(tx.db, id))
      })
      return reply.status(204).send()
    },
  )

  app.post(
    `${one}/active`,
    {
      config,
      schema: schema('Whether a runner gets tasks', {
        params: path,
        // Clients written in Go leave out what is false.
        body: Type.Object({ active: Type.Optional(Type.Boolean()) }),
      }),
    },
    async (request, reply) => {
      const runner = await existing(request)
      const { active = false } = request.body
      await store.commit(async (tx) => {
        await updateRunner(tx, runner.id, { active })
        await told(request, active ? 'switched on' : 'switched off')(tx, runner)
      })
      return reply.status(204).send()
    },
  )

  app.post(
    `${one}/token`,
    {
      config,
      schema: schema('Replace the token of a runner; the new one is shown this once', {
        params: path,
        response: { 201: RunnerWithToken },
      }),
    },
    async (request, reply) => {
      const before = await existing(request)
      const token = await rotateToken(context, before, (tx) =>
        told(request, 'given a new token')(tx, before),
      )
      const runner = await existingRunner(store.read, before.id)
      return reply.status(201).send({ ...(await runnerView(store.read, runner)), token })
    },
  )

  app.post(
    `${one}/registration-token`,
    {
      config,
      schema: schema('A one-time token with which a runner registers that has not yet', {
        params: path,
        response: { 200: RegistrationToken },
      }),
    },
    async (request) => {
      const runner = await existing(request)
      const { id: runner_id, project_id } = runner
      const registration_token = await newRegistrationToken(context, runner_id, (tx) =>
        told(request, 'given a registration token')(tx, runner),
      )
      return { registration_token, runner_id, project_id }
    },
  )

  app.delete(
    `${one}/cache`,
    {
      config,
      schema: schema('Have a runner clear its cache, now or when it is back', {
        params: path,
        querystring: CacheQuery,
      }),
    },
    async (request, reply) => {
      const { id } = await existing(request)
      const project = request.project?.id ?? request.query.project_id ?? null
      await expectProject(store.read, project)
      await store.commit(async (tx) => {
        const runner = await existingRunner(tx.db, id)
        await clearCache(tx, runner, { project, now: clock.now() })
        await told(request, 'told to clear its cache')(tx, runner)
      })
      return reply.status(204).send()
    },
  )

  app.delete(
    one,
    { config, schema: schema('Remove a runner', { params: path }) },
    async (request, reply) => {
      const runner = await existing(request)
      await dismissRunner(context, runner.id, (tx) => told(request, 'deleted')(tx, runner))
      return reply.status(204).send()
    },
  )
}

type Asking = Pick<FastifyRequest, 'project'> & { params: Type.Static<typeof RunnerPath> }

/** A project sees its own runners, and the general ones that have tags, without where those call. */
function inProject(row: RunnerRow, project: number): RunnerRow[] {
  if (row.project_id === project) return [row]
  return row.project_id === null && row.tags.length > 0 ? [{ ...row, webhook: '' }] : []
}

/** What of the body is stored: within a project a runner is that project's, and stays so. */
async function columnsIn(
  db: Knex,
  { project }: Pick<FastifyRequest, 'project'>,
  body: Type.Static<typeof RunnerBody>,
) {
  if (project === null) {
    await expectProject(db, body.project_id)
    return runnerColumns(body)
  }
  expectSameIds({ project_id: body.project_id }, { project_id: project.id })
  return runnerColumns({ ...body, project_id: project.id })
}

/** @throws AppError `invalid` if a project is named that is not there. */
export async function expectProject(db: Knex, id: number | null | undefined): Promise<void> {
  if (!id || (await findProject(db, id)) !== undefined) return
  throw new AppError('invalid', `project_id: expected the id of a project, got ${id}`)
}

/** @param project only one of its own. @throws AppError `not_found` */
export async function existingRunner(db: Knex, id: number, project?: number): Promise<RunnerRow> {
  const runner = await findRunner(db, id)
  if (runner !== undefined && (project === undefined || runner.project_id === project)) {
    return runner
  }
  throw new AppError('not_found', `runner ${id}: not found`)
}

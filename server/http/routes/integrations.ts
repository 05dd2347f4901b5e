import { randomBytes } from 'node:crypto'
import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import type { Tx } from '../../store/commit.ts'
import {
  type AliasRow,
  authMethods,
  deleteAlias,
  insertAlias,
  integrations,
  listAliases,
} from '../../store/integrations.ts'
import { keys } from '../../store/keys.ts'
import { expectOwned } from '../../store/owned.ts'
import { templates } from '../../store/templates.ts'
import { projectOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Maybe, MaybeId, Name, Nullable, orNull, PathIds, Text } from '../fields.ts'
import { objectText } from '../json-text.ts'
import { recorder } from '../record.ts'
import { resourceRoutes } from '../resource.ts'
import { choicesOf, TaskChoices } from '../task-choices.ts'

const Method = Type.Enum([...authMethods])
const Body = Type.Object({
  ...PathIds,
  name: Name,
  template_id: Id,
  auth_method: Maybe(Type.Enum(['', ...authMethods])),
  /** The key that holds the token, the secret of the signature, or login and password. */
  auth_secret_id: MaybeId,
  auth_header: Maybe(Type.String({ maxLength: 255 })),
  searchable: Maybe(Type.Boolean()),
  task_params: Maybe(TaskChoices),
})
const View = Type.Object({
  id: Id,
  project_id: Id,
  name: Name,
  template_id: Id,
  auth_method: Method,
  auth_secret_id: Nullable(Id),
  auth_header: Text,
  searchable: Type.Boolean(),
  task_params: Nullable(TaskChoices),
})
const Alias = Type.Object({ id: Id, url: Text })
const tags = ['integrations']
const all = '/api/project/:project_id/integrations'

export function integrationRoutes(app: App, context: HttpContext): void {
  const { store, config } = context
  const record = recorder(context)

  resourceRoutes(app, context, {
    path: 'integrations',
    noun: 'integration',
    body: Body,
    view: View,
    table: integrations,
    sorts: { name: 'name' },
    show: async (_db, rows) =>
      rows.map((row) => ({ ...row, task_params: orNull(row.task_params as TaskChoices) })),
    async insert(tx, project, body) {
      return await integrations.insert(tx, project, await checked(tx, project, body))
    },
    async update(tx, { id, project_id }, body) {
      await integrations.update(tx, project_id, id, await checked(tx, project_id, body))
    },
  })

  const OfProject = Type.Object({ project_id: Id })
  const OfOne = Type.Object({ project_id: Id, id: Id })
  for (const [url, params, whose] of [
    [`${all}/aliases`, OfProject, 'project'],
    [`${all}/:id/aliases`, OfOne, 'integration'],
  ] as const) {
    const integrationOf = async (request: { params: { project_id: number; id?: number } }) => {
      const { project_id, id } = request.params
      if (id === undefined) return null
      if ((await integrations.find(store.read, project_id, id)) !== undefined) return id
      throw new AppError('not_found', `integration ${id}: not found`)
    }

    app.get(
      url,
      {
        config: { access: 'project:read' },
        schema: {
          tags,
          summary: `List: addresses of the ${whose}`,
          params,
          response: { 200: Type.Array(Alias) },
        },
      },
      async (request) => {
        const { id } = projectOf(request)
        const rows = await listAliases(store.read, id, await integrationOf(request))
        return rows.map(viewOf)
      },
    )

    app.post(
      url,
      {
        config: { access: 'project:manage' },
        schema: {
          tags,
          summary: `Create: address of the ${whose}`,
          params,
          response: { 200: Alias },
        },
      },
      async (request) => {
        const { id: project_id } = projectOf(request)
        const integration_id = await integrationOf(request)
        const alias = randomBytes(18).toString('base64url')
        const row = await store.commit(async (tx) => {
          const done = `got an address for the ${whose}`
          await record(tx, request, { type: 'integration', id: integration_id, done })
          return await insertAlias(tx, { project_id, integration_id, alias })
        })
        return viewOf(row)
      },
    )

    app.delete(
      `${url}/:alias_id`,
      {
        config: { access: 'project:manage' },
        schema: {
          tags,
          summary: `Delete: address of the ${whose}`,
          params: Type.Object({ ...params.properties, alias_id: Id }),
        },
      },
      async (request, reply) => {
        const { id: project_id } = projectOf(request)
        const { alias_id: id } = request.params as { alias_id: number }
        const integration_id = await integrationOf(request)
        await store.commit(async (tx) => {
          if (!(await deleteAlias(tx, { id, project_id, integration_id }))) {
            throw new AppError('not_found', `alias ${id}: not found`)
          }
          const done = `lost an address for the ${whose}`
          await record(tx, request, { type: 'integration', id: integration_id, done })
        })
        return reply.status(204).send()
      },
    )
  }

  function viewOf({ id, alias }: AliasRow): Type.Static<typeof Alias> {
    return { id, url: `${config.web_host}/api/integrations/${alias}` }
  }
}

async function checked(tx: Tx, project: number, body: Type.Static<typeof Body>) {
  const { name, template_id } = body
  const auth_method = body.auth_method || 'none'
  const auth_secret_id = body.auth_secret_id || null
  const auth_header = body.auth_header ?? ''
  await expectOwned(tx, templates, project, 'template_id', template_id)
  await expectSecret(tx, project, auth_method, auth_secret_id)
  if (auth_header === '' && (auth_method === 'token' || auth_method === 'hmac')) {
    throw new AppError('invalid', 'auth_header: expected the name of a header, got nothing')
  }
  const task_params = choicesOf(body.task_params)
  objectText('task_params.environment', task_params.environment)
  const searchable = body.searchable ?? false
  return { name, template_id, auth_method, auth_secret_id, auth_header, searchable, task_params }
}

/** @throws AppError `invalid` unless it is a key with which the method can tell a friend from others */
async function expectSecret(tx: Tx, project: number, method: string, id: number | null) {
  await expectOwned(tx, keys, project, 'auth_secret_id', id)
  if (method === 'none') return
  const wanted = method === 'basic' ? ['login_password'] : ['login_password', 'string']
  const key = id === null ? undefined : await keys.find(tx.db, project, id)
  if (key !== undefined && wanted.includes(key.type)) return
  const got = key === undefined ? 'none' : `one of type ${key.type}`
  throw new AppError(
    'invalid',
    `auth_secret_id: expected a key of type ${wanted.join(' or ')} for ${method}, got ${got}`,
  )
}

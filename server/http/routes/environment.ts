import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import {
  changeSecrets,
  environmentReferences,
  environments,
  listSecrets,
  type SecretChange,
} from '../../store/environments.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Maybe, MaybeId, Name, PathIds, Text } from '../fields.ts'
import { objectText, scalarsText } from '../json-text.ts'
import { resourceRoutes } from '../resource.ts'

const SecretType = Type.Enum(['var', 'env'])
const Secret = Type.Object({
  id: MaybeId,
  /** One that is deleted need not be named. */
  name: Maybe(Name),
  type: Type.Optional(SecretType),
  secret: Maybe(Text),
  operation: Maybe(Type.Enum(['create', 'update', 'delete', ''])),
})
const Body = Type.Object({
  ...PathIds,
  name: Name,
  /** JSON text of an object: extra variables. */
  json: Maybe(Text),
  /** JSON text of an object of plain values: environment of the process. */
  env: Maybe(Text),
  secrets: Maybe(Type.Array(Secret, { maxItems: 1000 })),
})
const View = Type.Object({
  id: Id,
  project_id: Id,
  name: Name,
  json: Text,
  env: Text,
  /** Names only: a secret goes in and never comes out. */
  secrets: Type.Array(Type.Object({ id: Id, name: Name, type: SecretType })),
})

export function environmentRoutes(app: App, context: HttpContext): void {
  const { cipher } = context
  resourceRoutes(app, context, {
    path: 'environment',
    noun: 'environment',
    body: Body,
    view: View,
    table: environments,
    sorts: { name: 'name' },
    show: (db, rows) =>
      Promise.all(rows.map(async (row) => ({ ...row, secrets: await listSecrets(db, row.id) }))),
    async insert(tx, project, body) {
      const id = await environments.insert(tx, project, columns(body))
      await changeSecrets(tx, cipher, id, (body.secrets ?? []).map(created))
      return id
    },
    async update(tx, { id, project_id }, body) {
      await environments.update(tx, project_id, id, columns(body))
      await changeSecrets(tx, cipher, id, (body.secrets ?? []).flatMap(changed))
    },
    references: (db, { id }) => environmentReferences(db, id),
  })
}

function columns({ name, json, env }: Type.Static<typeof Body>) {
  objectText('json', json)
  scalarsText('env', env)
  return { name, json: json || '{}', env: env || '{}' }
}

function created({ name, type = 'var', secret }: Type.Static<typeof Secret>): SecretChange {
  if (!name) throw new AppError('invalid', 'secrets: expected the name of each, got nothing')
  if (secret) return { operation: 'create', name, type, secret }
  throw new AppError('invalid', `secrets.${name}: expected its secret, got nothing`)
}

/** A secret that the client only repeats, without an operation, stays as it is. */
function changed(secret: Type.Static<typeof Secret>): SecretChange[] {
  const { operation, type } = secret
  const id = secret.id ?? 0
  if (operation === 'create') return [created(secret)]
  if (operation === 'delete') return [{ operation, id }]
  if (operation !== 'update') return []
  return [
    { operation, id, type, name: secret.name || undefined, secret: secret.secret || undefined },
  ]
}

import Type from 'typebox'
import type { Key } from '../../../broker/job.ts'
import { AppError } from '../../../lib/errors.ts'
import { keyReferences, keys, sealKey } from '../../store/keys.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Maybe, Name, PathIds, Text } from '../fields.ts'
import { resourceRoutes } from '../resource.ts'

const KeyType = Type.Enum(['none', 'ssh', 'login_password', 'string'])
/** Semaphore's clients send the part of every type; only the one that `type` names counts. */
const Body = Type.Object({
  ...PathIds,
  name: Name,
  type: KeyType,
  ssh: Maybe(
    Type.Object({ login: Maybe(Text), passphrase: Maybe(Text), private_key: Maybe(Text) }),
  ),
  login_password: Maybe(Type.Object({ login: Maybe(Text), password: Maybe(Text) })),
  string: Maybe(Text),
  /** An update leaves the secret alone unless this is true. */
  override_secret: Type.Optional(Type.Boolean()),
})
/** Nothing secret has a place here, so nothing secret can leave. */
const View = Type.Object({ id: Id, project_id: Id, name: Name, type: KeyType })

export function keyRoutes(app: App, context: HttpContext): void {
  const { cipher } = context
  resourceRoutes(app, context, {
    path: 'keys',
    noun: 'access key',
    body: Body,
    view: View,
    table: keys,
    sorts: { name: 'name', type: 'type' },
    // With the space: the name that Semaphore gave it.
    filters: { 'Key type': 'type' },
    show: async (_db, rows) => [...rows],
    insert: (tx, project, body) =>
      keys.insert(tx, project, { name: body.name, ...sealKey(cipher, project, keyOf(body)) }),
    async update(tx, { id, project_id, type }, body) {
      if (body.override_secret) {
        const sealed = sealKey(cipher, project_id, keyOf(body))
        return await keys.update(tx, project_id, id, { name: body.name, ...sealed })
      }
      if (body.type !== type) {
        throw new AppError('invalid', `type: expected ${type} as it is, got ${body.type}`, {
          fix: 'to change it, send override_secret true and the new secret',
        })
      }
      await keys.update(tx, project_id, id, { name: body.name })
    },
    references: (db, { project_id, id }) => keyReferences(db, project_id, id),
  })
}

/** @throws AppError `invalid` if the part that belongs to the type is missing. */
function keyOf({ type, ssh, login_password, string }: Type.Static<typeof Body>): Key {
  const need = (field: string, text: string | null | undefined): string => {
    if (text) return text
    throw new AppError('invalid', `${field}: expected a text for type ${type}, got nothing`)
  }
  switch (type) {
    case 'none':
      return { type }
    case 'ssh':
      return {
        type,
        login: ssh?.login ?? '',
        passphrase: ssh?.passphrase ?? '',
        private_key: need('ssh.private_key', ssh?.private_key),
      }
    case 'login_password':
      return {
        type,
        login: login_password?.login ?? '',
        password: need('login_password.password', login_password?.password),
      }
    case 'string':
      return { type, string: need('string', string) }
  }
}

/** Secrets are in no backup: what had one gets an empty place for it, where it is entered again. */
import type { Cipher } from '../../store/cipher.ts'
import type { Tx } from '../../store/commit.ts'
import { changeSecrets } from '../../store/environments.ts'
import { type KeyRow, keys } from '../../store/keys.ts'
import type { Entry, KindName } from './kinds.ts'

interface WithoutSecrets {
  /** What can be stored at once. */
  given: Entry
  /** What has to be entered again, for a person. */
  missing: readonly string[]
  /** Makes the empty places in what was stored as `id`. */
  leaveRoom(tx: Tx, cipher: Cipher, project: number, id: number): Promise<void>
}

type SecretName = { name: string; type: 'var' | 'env' }

export function withoutSecrets(kind: KindName, body: Entry): WithoutSecrets {
  if (kind === 'keys' && needsSecret(body)) return emptyKey(body)
  if (kind === 'environments') return emptyEnvironment(body)
  return { given: body, missing: [], leaveRoom: async () => {} }
}

const secretTypes: readonly unknown[] = ['ssh', 'login_password', 'string']

/** Whoever added the secret to the file need not enter it again. */
function needsSecret({ type, ...body }: Entry): boolean {
  return secretTypes.includes(type) && !body[type as string]
}

function emptyKey({ type, ...body }: Entry): WithoutSecrets {
  return {
    given: { ...body, type: 'none' },
    missing: [`key ${JSON.stringify(body.name)} of type ${type}`],
    leaveRoom: (tx, _cipher, project, id) =>
      keys.update(tx, project, id, { type: type as KeyRow['type'], secret: null }),
  }
}

function emptyEnvironment(body: Entry): WithoutSecrets {
  const all = Array.isArray(body.secrets) ? body.secrets : []
  const empty: SecretName[] = all.filter((one) => one?.name && !one.secret)
  return {
    given: { ...body, secrets: all.filter((one) => !empty.includes(one)) },
    missing: empty.map(
      ({ name }) => `secret ${JSON.stringify(name)} of environment ${JSON.stringify(body.name)}`,
    ),
    async leaveRoom(tx, cipher, _project, id) {
      const changes = empty.map(({ name, type = 'var' }) => ({ name, type, secret: '' }))
      await changeSecrets(
        tx,
        cipher,
        id,
        changes.map((one) => ({ operation: 'create', ...one })),
      )
    },
  }
}

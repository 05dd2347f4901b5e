import type { Key } from '../../api/records.ts'
import { type Collection, CollectionView } from '../../collection/collection.tsx'
import { choicesOf, type FieldSpec, type Look } from '../../form/fields.ts'
import type { ViewProps } from '../index.ts'

const types: Record<Key['type'], string> = {
  ssh: 'SSH key',
  login_password: 'Login and password',
  string: 'Text',
  none: 'None',
}

const keys: Collection<'keys', Key> = {
  kind: 'keys',
  title: 'Keys',
  one: 'key',
  about: 'A key lets runners into repositories and hosts. It goes in, and never comes out again.',
  uses: ['keys'],
  columns: () => [{ head: 'Type', cell: ({ type }) => types[type] }],
  sections: (_lists, key) => [{ fields: fieldsOf(key) }],
}

export default function Keys({ params }: ViewProps) {
  return <CollectionView of={keys} id={Number(params.project)} />
}

/** The secret of a key that there is stays as it is, unless it is said to be replaced. */
function fieldsOf(key: Key | undefined): FieldSpec[] {
  const isSet = (look: Look) => key === undefined || look('override_secret') === true
  const when = (type: Key['type']) => (look: Look) => isSet(look) && look('type') === type
  return [
    { name: 'name', label: 'Name', kind: 'text', required: true },
    {
      name: 'type',
      label: 'Type',
      kind: 'choice',
      start: 'ssh',
      choices: choicesOf(types),
      fixed: (look) => !isSet(look),
    },
    {
      name: 'override_secret',
      label: 'Replace the secret',
      hint: 'Otherwise it stays as it is.',
      kind: 'flag',
      when: () => key !== undefined,
    },
    {
      name: 'ssh.login',
      label: 'Login',
      hint: 'Empty = as the address says',
      kind: 'text',
      half: true,
      when: when('ssh'),
    },
    {
      name: 'ssh.passphrase',
      label: 'Passphrase',
      hint: 'If the key has one',
      kind: 'password',
      half: true,
      when: when('ssh'),
    },
    {
      name: 'ssh.private_key',
      label: 'Private key',
      hint: 'The whole file, from -----BEGIN to END-----',
      kind: 'lines',
      lines: 8,
      required: true,
      when: when('ssh'),
      check: (text) =>
        text.trimStart().startsWith('-----BEGIN ')
          ? undefined
          : 'expected a private key, which begins with -----BEGIN',
    },
    {
      name: 'login_password.login',
      label: 'Login',
      hint: 'Empty = a token alone',
      kind: 'text',
      half: true,
      when: when('login_password'),
    },
    {
      name: 'login_password.password',
      label: 'Password or token',
      kind: 'password',
      half: true,
      required: true,
      when: when('login_password'),
    },
    { name: 'string', label: 'Text', kind: 'secret', required: true, when: when('string') },
  ]
}

import type { Key, Repository } from '../../api/records.ts'
import { type Collection, CollectionView } from '../../collection/collection.tsx'
import { keyOfNone } from '../../collection/key-of-none.ts'
import { nameIn } from '../../collection/lists.ts'
import { among, type FieldSpec, type Look } from '../../form/fields.ts'
import type { ViewProps } from '../index.ts'

const repositories: Collection<'repositories' | 'keys', Repository> = {
  kind: 'repositories',
  title: 'Repositories',
  one: 'repository',
  about:
    'A repository is where playbooks and scripts are. Runners fetch it, the server never does.',
  uses: ['repositories', 'keys'],
  columns: ({ keys }) => [
    { head: '', cell: ({ git_url }) => git_url },
    { head: 'Branch', cell: ({ git_branch }) => git_branch || '–' },
    { head: 'Key', later: true, cell: ({ ssh_key_id }) => nameIn(keys, ssh_key_id) },
  ],
  sections: ({ keys }) => [{ fields: repositoryFields(keys) }],
  body: async (values, _lists, path) => ({
    ...values,
    ssh_key_id: values.ssh_key_id ?? (await keyOfNone(path)),
  }),
}

export default function Repositories({ params }: ViewProps) {
  return <CollectionView of={repositories} id={Number(params.project)} />
}

function repositoryFields(keys: readonly Key[]): FieldSpec[] {
  return [
    { name: 'name', label: 'Name', kind: 'text', required: true },
    {
      name: 'git_url',
      label: 'Git URL',
      kind: 'text',
      required: true,
      hint: 'https://.., ssh://.., git@HOST:.., or a folder on the runner itself: /srv/scripts',
    },
    {
      name: 'git_branch',
      label: 'Branch',
      kind: 'text',
      half: true,
      start: 'main',
      required: (look) => !isFolder(look),
      when: (look) => !isFolder(look),
    },
    {
      name: 'ssh_key_id',
      label: 'Key',
      kind: 'id',
      half: true,
      // One of type "none" is what the API asks for; it is made when it is needed.
      choices: among(
        keys.filter(({ type }) => type !== 'string'),
        'No key: anybody may read it',
      ),
    },
  ]
}

const isFolder = (look: Look) => String(look('git_url')).startsWith('/')

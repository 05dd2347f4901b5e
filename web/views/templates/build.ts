/** Builds and deployments: a build makes a version, a deployment takes one to where it runs. */
import type { Template } from '../../api/records.ts'
import { among, choicesOf, type FieldSpec, type Look } from '../../form/fields.ts'

const is = (type: string) => (look: Look) => look('type') === type

export const build = (templates: readonly Template[]): FieldSpec[] => [
  {
    name: 'type',
    label: 'Type',
    kind: 'choice',
    half: true,
    choices: choicesOf({ '': 'Task', build: 'Build', deploy: 'Deployment' }),
  },
  {
    name: 'start_version',
    label: 'First version',
    hint: 'Each build counts its last number up: 1.0.0, 1.0.1',
    kind: 'text',
    required: true,
    half: true,
    when: is('build'),
  },
  {
    name: 'build_template_id',
    label: 'Deploys builds of',
    kind: 'id',
    required: true,
    half: true,
    choices: among(templates.filter(({ type }) => type === 'build')),
    when: is('deploy'),
  },
  {
    name: 'autorun',
    label: 'Deploy each build by itself',
    kind: 'flag',
    half: true,
    when: is('deploy'),
  },
]

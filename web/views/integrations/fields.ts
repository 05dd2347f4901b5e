/** How an integration knows whom to listen to, as fields and in words. Pure. */
import type { Integration, Key, Template } from '../../api/records.ts'
import { among, choicesOf, type FieldSpec, type Look } from '../../form/fields.ts'

type Method = Integration['auth_method']

/** How the other service shows that it may: in a word, and what a request has to bring. */
const methods: Record<Method, [name: string, brings: (header: string) => string]> = {
  none: ['None: the address is the secret', () => 'nothing: whoever knows the address may'],
  github: ['Signature of GitHub or Gitea', () => 'the signature that GitHub and Gitea send'],
  bitbucket: ['Signature of Bitbucket', () => 'the signature that Bitbucket sends'],
  hmac: ['Signature in a header', (header) => `the HMAC-SHA256 of its body, in ${header}`],
  token: ['Token in a header', (header) => `the token, in ${header}`],
  basic: ['Login and password', () => 'login and password, as HTTP has it'],
}

/** The end of a sentence: "A request brings ..". */
export const bringsOf = ({ auth_method, auth_header }: Integration) =>
  methods[auth_method][1](auth_header)

export const methodOf = ({ auth_method }: Integration) => methods[auth_method][0]

const isBasic = (look: Look) => look('auth_method') === 'basic'
const isSecret = (look: Look) => look('auth_method') !== 'none' && !isBasic(look)
const isHeader = (look: Look) => ['token', 'hmac'].includes(String(look('auth_method')))

export const fieldsOf = (templates: readonly Template[], keys: readonly Key[]): FieldSpec[] => [
  { name: 'name', label: 'Name', kind: 'text', required: true, half: true },
  {
    name: 'template_id',
    label: 'Template',
    kind: 'id',
    required: true,
    half: true,
    choices: among(templates),
  },
  {
    name: 'auth_method',
    label: 'Proof',
    hint: 'How a request shows that it may',
    kind: 'choice',
    start: 'github',
    half: true,
    choices: choicesOf(
      Object.fromEntries(Object.entries(methods).map(([method, [name]]) => [method, name])),
    ),
  },
  {
    name: 'auth_secret_id',
    label: 'Key with the secret',
    hint: 'A text, or of login and password the password',
    kind: 'id',
    required: true,
    half: true,
    choices: among(keys.filter(({ type }) => type === 'string' || type === 'login_password')),
    when: isSecret,
  },
  {
    name: 'auth_secret_id',
    label: 'Key with login and password',
    kind: 'id',
    required: true,
    half: true,
    choices: among(keys.filter(({ type }) => type === 'login_password')),
    when: isBasic,
  },
  {
    name: 'auth_header',
    label: 'Header',
    hint: 'In which it comes',
    kind: 'text',
    required: true,
    half: true,
    suggestions: ['X-Gitlab-Token', 'X-Hub-Signature-256', 'X-Token'],
    when: isHeader,
  },
  {
    name: 'searchable',
    label: 'The addresses of the project lead here, too',
    hint: 'For requests that all of its matchers match',
    kind: 'flag',
  },
]

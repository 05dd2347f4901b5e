import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { differences } from './compare.ts'
import { differences as kept, leftOut } from './differences.ts'
import { exampleOf } from './example.ts'
import { readSpec, type Schema } from './spec.ts'

const root = join(import.meta.dirname, '../..')
const small = 'test/fixtures/compat/spec.yml'

async function compat(...args: string[]) {
  const command = ['--import', 'tsx', 'test/compat/main.ts', ...args]
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { code, out, errors }
}

test('on a real server: what is as documented, what differs and what is missing', async () => {
  const { code, out } = await compat('--spec', small, '--json')
  const { findings, unexplained } = JSON.parse(out)
  const found = Object.fromEntries(
    findings.map(({ operation, verdict, differences }: Record<string, unknown>) => [
      operation,
      [verdict, differences],
    ]),
  )
  const project = '/project/{project_id}'
  assert.deepEqual(found, {
    'GET /users': [
      'differs',
      ['[].id: expected string, got number', 'sort=name&order=desc: got "Admin", "Somebody"'],
    ],
    [`GET ${project}/keys`]: ['answered', []],
    [`DELETE ${project}/keys/{key_id}`]: ['answered', []],
    'GET /ping': ['answered', []],
    'GET /projects': ['answered', []],
    'POST /projects': ['answered', []],
    [`GET ${project}`]: ['differs', ['name: expected integer, got string', 'colour: missing']],
    [`PUT ${project}`]: ['differs', ['answered 204 instead of 200: ']],
    [`DELETE ${project}`]: ['answered', []],
    [`GET ${project}/weather`]: ['missing', ['answered 404']],
    [`GET ${project}/workflows`]: ['missing', ['answered 404']],
  })
  assert.deepEqual(unexplained, [
    'GET /users',
    `GET ${project}`,
    `PUT ${project}`,
    `GET ${project}/weather`,
  ])
  assert.equal(code, 1)
})

test('a file that is no Swagger 2.0, and none at all, are said in one line', async () => {
  const wrong = await compat('--spec', 'biome.json')
  assert.equal(wrong.errors, 'compat: biome.json: expected swagger 2.0, got undefined\n')
  assert.equal(wrong.code, 1)
  const none = await compat()
  assert.match(none.errors, /^compat: --spec: expected the path of an api-docs.yml, got nothing/)
  assert.equal(none.code, 2)
})

const list: Schema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      role: { type: 'string', enum: ['owner', 'guest'] },
      tags: { type: 'array', nullable: true, items: { type: 'string' } },
    },
  },
}

test('each difference is named with its path, once however many items have it', () => {
  const good = { id: 1, role: 'owner', tags: null }
  assert.deepEqual(differences(list, [good, { ...good, tags: ['a'] }]), [])
  assert.deepEqual(
    differences(list, [
      { ...good, id: '1' },
      { ...good, id: 1.5 },
    ]),
    ['[].id: expected integer, got string', '[].id: expected integer, got number'],
  )
  assert.deepEqual(
    differences(list, [
      { id: 1, role: 'king' },
      { id: null, role: 'king' },
    ]),
    ['[].role: expected one of ["owner","guest"], got "king"', '[].tags: missing', '[].id: null'],
  )
  assert.deepEqual(differences(list, { 0: good }), ['the answer: expected array, got object'])
  assert.deepEqual(differences(list, []), ['the answer: an empty list'])
})

test('a body is made of examples and of the ids of what is there', async () => {
  const schema: Schema = {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      name: { type: 'string', example: 'Test' },
      project_id: { type: 'integer' },
      unknown_id: { type: 'integer' },
      view_ids: { type: 'array', items: { type: 'integer' } },
      alert: { type: 'boolean' },
      type: { type: 'string', enum: ['', 'build'] },
      arguments: { type: 'string' },
    },
  }
  const ids: Record<string, number> = { project_id: 7, view_id: 8 }
  assert.deepEqual(await exampleOf(schema, async (field) => ids[field]), {
    name: 'Test',
    project_id: 7,
    view_ids: [8],
    alert: false,
    type: '',
    arguments: '[]',
  })
})

test('a document becomes operations with all that belongs to them', () => {
  const { basePath, operations } = readSpec(join(root, small))
  assert.equal(basePath, '/api')
  const put = operations.find(({ method }) => method === 'PUT')
  assert.deepEqual(
    put?.parameters.map(({ name, in: place }) => [name, place]),
    [
      ['project_id', 'path'],
      ['body', 'body'],
    ],
  )
  const post = operations.find(({ method }) => method === 'POST')
  assert.deepEqual(post?.answers.get(201)?.properties, {
    name: { type: 'string', example: 'Compat' },
    id: { type: 'integer' },
    alert_chat: { type: 'string', nullable: true },
  })
})

test('docs/semaphore.md tells of all that is left out or differs, and why', () => {
  const page = readFileSync(join(root, 'docs/semaphore.md'), 'utf8')
  const told = (name: string) =>
    (page.split(`<!-- ${name} -->\n`)[1] ?? '').split('\n\n')[0]?.split('\n').slice(2)
  assert.deepEqual(
    told('left out'),
    leftOut.map(
      ({ area, paths, reason }) =>
        `| ${area} | ${paths.map((path) => `\`${path}\``).join(', ')} | ${reason} |`,
    ),
  )
  assert.deepEqual(
    told('differences'),
    kept.map(({ what, reason }) => `| ${what} | ${reason} |`),
  )
})

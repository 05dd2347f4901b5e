import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, check, draftOf, type Item, newItem, place } from '../../web/form/draft.ts'
import type { FieldSpec } from '../../web/form/fields.ts'

const fields: FieldSpec[] = [
  { name: 'name', label: 'Name', kind: 'text', required: true },
  { name: 'type', label: 'Type', kind: 'choice', start: 'ssh', choices: [] },
  {
    name: 'ssh.login',
    label: 'Login',
    kind: 'text',
    when: (look) => look('type') === 'ssh',
  },
  { name: 'key_id', label: 'Key', kind: 'id', choices: [] },
  { name: 'most', label: 'At most', kind: 'number' },
  { name: 'arguments', label: 'Arguments', kind: 'arguments', lines: 3 },
  { name: 'tags', label: 'Tags', kind: 'words' },
  { name: 'paths', label: 'Paths', kind: 'list', lines: 3 },
  {
    name: 'vars',
    label: 'Variables',
    kind: 'items',
    one: 'variable',
    fields: [{ name: 'name', label: 'Name', kind: 'text', required: true }],
  },
]

function draft(record?: Record<string, unknown>) {
  const made = draftOf(fields, record)
  const cell = (name: string) => {
    const found = made.cells.find(({ spec }) => spec.name === name)
    assert.ok(found, name)
    return found
  }
  const fill = (name: string, held: string) => {
    cell(name).held.value = held
  }
  return { made, cell, fill }
}

test('what is filled in goes out as the API takes it; what is hidden does not', () => {
  const { made, fill } = draft()
  fill('name', ' Deploy ')
  fill('ssh.login', 'git')
  fill('key_id', '7')
  fill('most', '3')
  fill('arguments', '--fast\n two words ')
  fill('tags', 'lte, site-n  far')
  fill('paths', 'a b/*.xml\n\n  c,d ')
  const body = {
    name: 'Deploy',
    type: 'ssh',
    ssh: { login: 'git' },
    key_id: 7,
    most: 3,
    arguments: '["--fast","two words"]',
    tags: ['lte', 'site-n', 'far'],
    paths: ['a b/*.xml', 'c,d'],
    vars: [],
  }
  assert.deepEqual(bodyOf(made), body)
  fill('type', 'none')
  fill('most', '')
  fill('key_id', '')
  const { ssh: _, ...rest } = body
  assert.deepEqual(bodyOf(made), { ...rest, type: 'none', most: null, key_id: null })
})

test('a record that nobody changes goes back as it came, with what the form does not know', () => {
  const record = {
    id: 3,
    name: 'A',
    type: 'ssh',
    ssh: { login: 'git', agent: true },
    key_id: null,
    most: 0,
    arguments: JSON.stringify(['--message', 'two\nlines', ' [x]']),
    tags: ['a'],
    paths: ['a b', 'c'],
    vars: [{ name: 'x', target: 'env' }],
    other: { kept: true },
  }
  const body = bodyOf(draft(record).made)
  assert.deepEqual(
    { ...body, arguments: JSON.parse(String(body.arguments)) },
    {
      ...record,
      arguments: JSON.parse(record.arguments),
    },
  )
})

test('each fault stands at its field, the inner ones too, until the field is changed', () => {
  const { made, cell, fill } = draft()
  const item = newItem({ fields: [{ name: 'name', label: 'Name', kind: 'text', required: true }] })
  cell('vars').held.value = [item]
  fill('most', 'many')
  fill('arguments', '["a", 1]')
  assert.equal(check(made), false)
  assert.equal(cell('name').wrong.value, 'expected a value, got nothing')
  assert.equal(cell('most').wrong.value, 'expected a whole number')
  assert.match(cell('arguments').wrong.value ?? '', /JSON of an array/)
  assert.equal(item.cells[0]?.wrong.value, 'expected a value, got nothing')
  fill('name', 'A')
  assert.equal(cell('name').wrong.value, undefined)
})

test("the API's faults go to the field that they name; the rest is given back", () => {
  const { made, cell, fill } = draft({ name: 'A', type: 'ssh', vars: [{ name: 'x' }] })
  const inner = (cell('vars').held.value as Item[])[0]?.cells[0]
  const fault = (path: string) => ({ path, text: `of ${path}` })
  const names = ['name', 'ssh.login', 'vars.0.name', 'vars.7', 'elsewhere']
  assert.deepEqual(place(made, names.map(fault)), [fault('elsewhere')])
  assert.equal(cell('name').wrong.value, 'of name')
  assert.equal(cell('ssh.login').wrong.value, 'of ssh.login')
  assert.equal(inner?.wrong.value, 'of vars.0.name')
  assert.equal(cell('vars').wrong.value, 'of vars.7')
  fill('type', 'none')
  assert.deepEqual(place(made, [fault('ssh.login')]), [fault('ssh.login')])
})

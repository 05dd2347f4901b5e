import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseText, places, readSource, usualPlace } from '../../../lib/config/read.ts'

const folder = mkdtempSync(join(tmpdir(), 'outstation-read-'))
after(() => rmSync(folder, { recursive: true }))
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test('comments, trailing commas and a byte order mark are read', () => {
  assert.deepEqual(parseText('f', '\uFEFF{ // why\n "a": [1, 2,], /* b */ }').value, {
    a: [1, 2],
  })
})

test('a mistake of syntax is told with line and column, and only the first', () => {
  const cases: [text: string, line: string][] = [
    ['{"a": 1 "b": 2}', 'f: line 1, column 9: expected a comma, got "\\"b\\""'],
    ['{\n  "a": 1,\n  b: 2\n}', 'f: line 3, column 3: expected JSON with comments, got "b"'],
    ['{"a": [1', 'f: line 1, column 9: expected a close bracket, got the end'],
    ['', 'f: line 1, column 1: expected a value, got the end'],
  ]
  for (const [text, line] of cases) {
    assert.throws(() => parseText('f', text), { code: 'config', message: line })
  }
})

test('the file is the one of --config, else of the variable, else the first that is there', () => {
  const [a, b, c] = [
    file('a.json', '{"it": "a"}'),
    file('b.json', '{"it": "b"}'),
    file('server.json', '{"it": "c"}'),
  ]
  const env = { OUTSTATION_CONFIG_PATH: b, HOME: folder }
  assert.deepEqual(readSource({ configFile: a, role: 'server', env }).value, { it: 'a' })
  assert.deepEqual(readSource({ role: 'server', env }).value, { it: 'b' })
  assert.deepEqual(readSource({ role: 'server', env: { SEMAPHORE_CONFIG_PATH: c } }).file, c)
  assert.deepEqual(readSource({ configFile: false, role: 'server', env }), { value: {}, env })
})

test("without a name, Semaphore's places are searched beside Outstation's own", () => {
  assert.deepEqual(places('server', { HOME: '/h' }), [
    join(process.cwd(), 'config'),
    '/h/.config/outstation/server',
    '/etc/outstation/server',
    '/usr/local/etc/semaphore/config',
    '/etc/semaphore/config',
  ])
  assert.equal(places('runner', { HOME: '/h', XDG_CONFIG_HOME: '/x' })[1], '/x/outstation/runner')
  assert.equal(usualPlace('runner', { HOME: '/h' }), '/h/.config/outstation/runner.json')
  assert.equal(usualPlace('runner', {}), '/etc/outstation/runner.json')
  const home = mkdtempSync(join(folder, 'home-'))
  mkdirSync(join(home, 'outstation'))
  const yaml = join(home, 'outstation', 'server.yml')
  writeFileSync(yaml, 'it: y')
  const source = readSource({ role: 'server', env: { XDG_CONFIG_HOME: home } })
  assert.deepEqual([source.file, source.value], [yaml, { it: 'y' }])
})

test('YAML is read where the name says so, and its mistakes of syntax have their line', () => {
  const read = (text: string) => parseText('f.yaml', text)
  assert.deepEqual(read('# why\na: &x {b: 1}\nc:\n  <<: *x\n').value, { a: { b: 1 }, c: { b: 1 } })
  assert.deepEqual(read('# nothing yet\n').value, {})
  const cases: [text: string, line: RegExp][] = [
    ['a: 1\nb: c: d\n', /^f\.yaml: line 2, column 4: expected YAML, got nested mappings are not/],
    ['a: 1\na: 2\n', /^f\.yaml: line 2, column 1: expected YAML, got map keys must be unique$/],
    [
      'a: !vault |\n  x\n',
      /^f\.yaml: line 1, column 4: expected YAML, got unresolved tag: !vault$/,
    ],
    ['a: *x\n', /^f\.yaml: the whole: expected YAML, got unresolved alias .*: x$/],
    ['a: 1\n---\nb: 2\n', /^f\.yaml: line 2, .* expected YAML, got source contains multiple/],
  ]
  for (const [text, message] of cases) assert.throws(() => read(text), { code: 'config', message })
})

test('a file that grows without end when its aliases are followed is refused', () => {
  const lists = Array.from({ length: 9 }, (_, n) => {
    const before = Array(9).fill(`*a${n}`).join(', ')
    return `a${n + 1}: &a${n + 1} [${before}]`
  })
  const text = ['a0: &a0 [x]', ...lists].join('\n')
  assert.throws(() => parseText('f.yaml', text), {
    message: /^f\.yaml: the whole: expected YAML, got excessive alias count/,
  })
})

test('every setting knows its line, in both ways of writing', () => {
  const wanted = { a: 2, b: 3, 'b.c': 3, 'b.c.0': 4, 'b.c.1': 5, 'b.c.1.d': 5 }
  const json = '{\n"a": 1,\n"b": {"c": [\n"x",\n{"d": null}]}}'
  assert.deepEqual(Object.fromEntries(parseText('f', json).lines), wanted)
  const yaml = '---\na: 1\nb: {c: [\n  x,\n  {d: }]}\n'
  assert.deepEqual(Object.fromEntries(parseText('f.yml', yaml).lines), wanted)
})

test('a missing or unreadable file ends in one line that says what to do', () => {
  assert.throws(
    () => readSource({ configFile: join(folder, 'none.json'), role: 'runner', env: {} }),
    { code: 'config', message: /none at .*none\.json/, fix: /outstation runner setup/ },
  )
  assert.throws(() => readSource({ configFile: folder, role: 'server', env: {} }), {
    message: `${folder}: cannot be read (EISDIR)`,
  })
})

test('the permission bits come along', () => {
  const path = file('mode.json', '{}')
  chmodSync(path, 0o640)
  assert.equal(readSource({ configFile: path, role: 'server', env: {} }).mode, 0o640)
})

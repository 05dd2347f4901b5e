import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseText, places, readSource } from '../../../lib/config/read.ts'

const folder = mkdtempSync(join(tmpdir(), 'outstation-read-'))
after(() => rmSync(folder, { recursive: true }))
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test('comments, trailing commas and a byte order mark are read', () => {
  assert.deepEqual(parseText('f', '\uFEFF{ // why\n "a": [1, 2,], /* b */ }'), { a: [1, 2] })
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
  assert.deepEqual(places('server', { HOME: '/h' }), [
    '/h/.config/outstation/server.json',
    '/etc/outstation/server.json',
  ])
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

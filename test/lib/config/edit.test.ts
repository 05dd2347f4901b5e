import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setInFile } from '../../../lib/config/edit.ts'
import { formatOf } from '../../../lib/config/format.ts'

const setInText = (text: string, path: string, value: unknown) =>
  formatOf('f.json').set(text, path.split('.'), value)
const setInYaml = (text: string, path: string, value: unknown) =>
  formatOf('f.yml').set(text, path.split('.'), value)

const text = `{
  // The server
  "web_host": "https://server:3000", // trailing
  "runner": {
    "token_file": "t" /* kept */
  }
}
`

test('one setting changes, every comment stays', () => {
  const once = setInText(text, 'runner.ca_file', '/ca.pem')
  assert.match(once, /"token_file": "t",\n {4}"ca_file": "\/ca.pem" \/\* kept \*\/\n/)
  assert.match(once, /\/\/ The server\n {2}"web_host": "https:\/\/server:3000", \/\/ trailing/)
  assert.equal(setInText(once, 'runner.ca_file', undefined).includes('ca_file'), false)
})

test('a missing object on the way is made', () => {
  for (const empty of ['{}', '{"runner": null}']) {
    assert.deepEqual(JSON.parse(setInText(empty, 'runner.token', 'x')), { runner: { token: 'x' } })
  }
  for (const empty of ['', 'runner:\n', '# nothing yet\n']) {
    assert.match(setInYaml(empty, 'runner.token', 'x'), /^runner:\n {2}token: x\n$/m)
  }
})

test('in YAML the comments stay, too', () => {
  const yaml = '# The server\nweb_host: https://s # trailing\n\nrunner:\n  # why\n  token_file: t\n'
  const once = setInYaml(yaml, 'runner.ca_file', '/ca.pem')
  assert.equal(once, `${yaml}  ca_file: /ca.pem\n`)
  assert.equal(setInYaml(once, 'runner.ca_file', undefined), yaml)
})

test('the file is replaced whole, with mode 0600 whatever it had', () => {
  const folder = mkdtempSync(join(tmpdir(), 'outstation-edit-'))
  try {
    const file = join(folder, 'f.json')
    writeFileSync(file, text, { mode: 0o644 })
    setInFile(file, 'runner.token', 'secret')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.match(readFileSync(file, 'utf8'), /"token": "secret"/)
    assert.deepEqual(readdirSync(folder), ['f.json'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

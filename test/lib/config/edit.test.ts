import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setInFile, setInText } from '../../../lib/config/edit.ts'

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
  assert.deepEqual(JSON.parse(setInText('{}', 'runner.token', 'x')), { runner: { token: 'x' } })
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

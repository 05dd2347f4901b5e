import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { Masker } from '../../../runner/job/mask.ts'
import { secretForms } from '../../../runner/job/secrets.ts'
import { makeJob } from '../../kit/job.ts'

const secret = `it's "secret" & größe\\n+1/~`

function masked(value: string, output: string): string {
  const secrets = [{ name: 'x', type: 'env' as const, value }]
  return Masker.of(secretForms(makeJob({ secrets }))).text(output)
}

const disguises: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  JSON: (text) => JSON.stringify(text),
  "python's json": (text) => python('import json; print(json.dumps(sys.argv[1]))', text),
  "python's repr": (text) => python('print([sys.argv[1]])', text),
  'a URL': (text) => encodeURIComponent(text),
  "python's URL": (text) =>
    python('import urllib.parse as u; print(u.quote_plus(sys.argv[1]))', text),
  'a traced shell': (text) => `'${text.replaceAll("'", "'\\''")}'`,
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
}
for (const [name, disguise] of Object.entries(disguises)) {
  test(`a secret is masked in the form of ${name}`, () => {
    const output = disguise(secret)
    assert.match(masked(secret, `a ${output} z`), /^a .{0,2}\*\*\*.{0,2} z$/)
  })
}

test('inside longer base64, at any of the three alignments', () => {
  for (const before of ['', 'a', 'ab', 'user:']) {
    const output = masked(secret, Buffer.from(`${before}${secret}!`).toString('base64'))
    // What is left decodes to less than two bytes of the secret on either side.
    assert.match(output, /^[\w+/]{0,8}\*\*\*[\w+/=]{0,4}$/, output)
  }
})

test('broken base64 of a long secret', () => {
  const long = 'pass phrase of many words, '.repeat(10)
  const lines = execFileSync('base64', { input: long, encoding: 'utf8' })
  assert.equal(masked(long, lines), '***\n')
})

test('each line of a key, whatever stands before it', () => {
  const key = '-----BEGIN KEY-----\nabcdefgh\r\n  ijklmnop\n-----END KEY-----\n'
  assert.equal(masked(key, 'x: abcdefgh, ijklmnop'), 'x: ***, ***')
})

test('less than four characters are not masked', () => {
  assert.equal(masked('abc', 'abc'), 'abc')
  assert.equal(masked('abcd', 'abcd'), '***')
  assert.equal(masked('a\nbc\nabcde', 'a bc abcde'), 'a bc ***')
})

test('every secret of a job is known', () => {
  const password = (text: string) => ({
    type: 'login_password' as const,
    login: 'ada',
    password: text,
  })
  const job = makeJob({
    repository: { git_url: 'https://a:secret-url@h/', key: password('secret-repository') },
    inventory: {
      id: 1,
      name: 'i',
      type: 'static',
      inventory: '',
      ssh_key: { type: 'ssh', login: '', private_key: 'secret-key', passphrase: 'secret-phrase' },
      become_key: { type: 'string', string: 'secret-become' },
    },
    secrets: [{ name: 'x', type: 'var', value: 'secret-variable' }],
    vaults: [{ name: null, type: 'password', password: 'secret-vault' }],
  })
  const known = secretForms(job).texts
  for (const name of ['url', 'repository', 'key', 'phrase', 'become', 'variable', 'vault']) {
    assert.ok(known.includes(`secret-${name}`), name)
  }
  assert.ok(!known.includes('ada'))
})

function python(code: string, argument: string): string {
  return execFileSync('python3', ['-c', `import sys; ${code}`, argument], {
    encoding: 'utf8',
  }).trim()
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Address,
  checkBranch,
  checkHash,
  credentialsIn,
  parseAddress,
} from '../../../lib/git/address.ts'

const accepted: [url: string, address: Address][] = [
  ['/srv/my playbooks', { kind: 'local', path: '/srv/my playbooks' }],
  ['https://h/r.git', { kind: 'http', url: 'https://h/r.git', login: undefined }],
  [
    'https://ada:p%40ss@h:8443/r',
    { kind: 'http', url: 'https://h:8443/r', login: { username: 'ada', password: 'p@ss' } },
  ],
  [
    'https://token@h/r',
    { kind: 'http', url: 'https://h/r', login: { username: 'token', password: 'token' } },
  ],
  [
    'git@github.com:o/r.git',
    {
      kind: 'ssh',
      url: 'git@github.com:o/r.git',
      user: 'git',
      host: 'github.com',
      port: undefined,
    },
  ],
  [
    'host:r.git',
    { kind: 'ssh', url: 'host:r.git', user: undefined, host: 'host', port: undefined },
  ],
  ['ssh://git@h:22/r', { kind: 'ssh', url: 'ssh://git@h:22/r', user: 'git', host: 'h', port: 22 }],
  [
    'git@[::1]:r.git',
    { kind: 'ssh', url: 'git@[::1]:r.git', user: 'git', host: '::1', port: undefined },
  ],
  ['git://h/r', { kind: 'git', url: 'git://h/r' }],
  ['file:///srv/r.git', { kind: 'file', url: 'file:///srv/r.git' }],
]
for (const [url, address] of accepted) {
  test(`accepted: ${url}`, () => assert.deepEqual(parseAddress(url), address))
}

const refused = [
  '',
  'repository',
  './here',
  'ext::sh -c touch% /tmp/x',
  'fd::7',
  '--upload-pack=touch /tmp/x',
  '-oProxyCommand=x:y',
  'ssh://-oProxyCommand=x/y',
  'ssh://-l@host/y',
  'git@-oProxyCommand=x:y',
  'host:-rf',
  'git@host:--upload-pack=x',
  'https://h/r\n[core]',
  'https://h/r\0',
  'https://h/a b',
  'javascript:alert(1)//x y',
  'ftp://h/r',
]
for (const url of refused) {
  test(`refused: ${JSON.stringify(url)}`, () => {
    assert.throws(() => parseAddress(url), { name: 'AppError', code: 'repository' })
  })
}

test('a refusal does not repeat the URL, which may hold a token', () => {
  assert.throws(
    () => parseAddress('ftp://ada:token@h/r'),
    (error: Error) => !error.message.includes('token'),
  )
})

test('only http has credentials in its URL', () => {
  assert.deepEqual(credentialsIn('https://a:b@h/'), { username: 'a', password: 'b' })
  assert.equal(credentialsIn('git@h:r'), undefined)
})

test('branches', () => {
  for (const name of ['', 'main', 'feature/x-1', 'v1.0', 'release_2', 'größe', 'a@b', 'fix#12']) {
    assert.equal(checkBranch(name), name)
  }
  for (const name of [
    '-x',
    '--orphan=evil',
    'a..b',
    'a b',
    'a@{1}',
    'x.lock',
    'a//b',
    '/a',
    'a/',
    '@',
    'a\n',
    'a:b',
    'a~1',
    '*',
    '.x',
    'a/.b',
    'x'.repeat(256),
  ]) {
    assert.throws(() => checkBranch(name), { code: 'repository' }, name)
  }
})

test('commits', () => {
  assert.equal(checkHash('ABCD'), 'abcd')
  for (const text of ['abc', 'main', '-abcd', `${'a'.repeat(65)}`]) {
    assert.throws(() => checkHash(text), { code: 'repository' })
  }
})

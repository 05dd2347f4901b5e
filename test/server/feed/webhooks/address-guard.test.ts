import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { test } from 'node:test'
import { addressGuard, isPrivate } from '../../../../server/feed/webhooks/address-guard.ts'

const closed = {
  'this network': ['0.0.0.0', '0.255.255.255'],
  'private use': ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
  'carrier NAT': ['100.64.0.1', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'link local, cloud metadata': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
  protocols: ['192.0.0.1', '192.0.0.170'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  benchmarks: ['198.18.0.1', '198.19.255.255'],
  'multicast, reserved, broadcast': ['224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255'],
  unspecified: ['::'],
  'v4 compatible': ['::7f00:1', '::10.0.0.1'],
  'v4 mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::FFFF:10.0.0.1', '::ffff:8.8.8.8'],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b:1::1'],
  '6to4': ['2002:7f00:1::', '192.88.99.1'],
  Teredo: ['2001::1'],
  'unique local': ['fc00::1', 'fd12:3456::1'],
  'site local': ['fec0::1'],
  'v6 multicast': ['ff02::1'],
  'no address': ['', 'localhost', '127.1', '1.2.3.4.5', ':::'],
}

for (const [kind, addresses] of Object.entries(closed)) {
  test(`closed: ${kind}`, () => {
    for (const address of addresses) assert.ok(isPrivate(address), address)
  })
}

test('open: the borders of the closed blocks, and the public internet', () => {
  const open = [
    ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0'],
    ...['126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255'],
    ...['172.32.0.0', '192.0.1.0', '192.167.255.255', '192.169.0.0', '198.17.255.255'],
    ...['198.20.0.0', '223.255.255.255', '2606:4700::1111', '2a00:1450::1', '2001:200::1'],
  ]
  for (const address of open) assert.ok(!isPrivate(address), address)
})

const strict = addressGuard({ allowPrivate: false })
const lenient = addressGuard({ allowPrivate: true })

test('an address written out in the URL is refused in one line that says what to do', () => {
  const urls = [
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'https://169.254.169.254/latest/meta-data/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]:8080/',
  ]
  for (const url of urls) {
    assert.throws(() => strict.check(new URL(url)), { code: 'invalid' }, url)
    lenient.check(new URL(url))
  }
  assert.throws(() => strict.check(new URL('http://10.1.2.3/')), {
    line:
      '10.1.2.3 is a private address; use a public one, ' +
      'or set webhooks.allow_private_addresses in the server configuration',
  })
  strict.check(new URL('https://8.8.8.8/'))
  strict.check(new URL('https://[2606:4700::1111]/'))
})

test('only http and https, even where private addresses are allowed', () => {
  for (const url of ['ftp://a.example/', 'file:///etc/passwd', 'gopher://a.example/']) {
    for (const guard of [strict, lenient]) {
      assert.throws(() => guard.check(new URL(url)), { code: 'invalid' }, url)
    }
  }
})

test('only the ports of the web and those that no system service has', () => {
  for (const port of [80, 443, 1024, 8443, 65535])
    strict.check(new URL(`https://a.example:${port}`))
  for (const port of [1, 22, 25, 79, 81, 442, 1023]) {
    const url = new URL(`http://a.example:${port}`)
    assert.throws(() => strict.check(url), { message: new RegExp(`got ${port}$`) })
    lenient.check(url)
  }
})

function answering(...addresses: LookupAddress[]): LookupFunction {
  return (_name, _options, callback) => callback(null, addresses)
}

function ask(lookup: LookupFunction, all: boolean) {
  return new Promise((resolve, reject) => {
    lookup('a.example', { all }, (error, answer, family) =>
      error ? reject(error) : resolve(all ? answer : [answer, family]),
    )
  })
}

const home = { address: '192.168.1.1', family: 4 }
const publicly = { address: '2606:4700::1111', family: 6 }

test('of the addresses of a name only the public ones are ever connected to', async () => {
  const { lookup } = addressGuard({ allowPrivate: false, lookup: answering(home, publicly) })
  assert.deepEqual(await ask(lookup, true), [publicly])
  assert.deepEqual(await ask(lookup, false), [publicly.address, 6])
})

test('a name with only private addresses, or none, is refused', async () => {
  for (const addresses of [[home], []]) {
    const { lookup } = addressGuard({ allowPrivate: false, lookup: answering(...addresses) })
    await assert.rejects(ask(lookup, true), { message: 'a.example is a private address' })
  }
})

test('where private addresses are allowed, all are answered', async () => {
  const { lookup } = addressGuard({ allowPrivate: true, lookup: answering(home, publicly) })
  assert.deepEqual(await ask(lookup, true), [home, publicly])
})

test('a name that cannot be resolved fails as it does without a guard', async () => {
  const trouble = Object.assign(new Error('getaddrinfo ENOTFOUND a.example'), { code: 'ENOTFOUND' })
  const lookup: LookupFunction = (_name, _options, callback) => callback(trouble, '', 0)
  await assert.rejects(ask(addressGuard({ allowPrivate: false, lookup }).lookup, true), trouble)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalDigests, nonce, secretToken, sha256hex } from '../../lib/ids.ts'

test('tokens bear their prefix and 256 bits that do not repeat', () => {
  const tokens = new Set(Array.from({ length: 100 }, () => secretToken('osr_')))
  assert.equal(tokens.size, 100)
  for (const token of tokens) assert.match(token, /^osr_[A-Za-z0-9_-]{43}$/)
})

test('nonces are short and do not repeat', () => {
  const nonces = new Set(Array.from({ length: 100 }, nonce))
  assert.equal(nonces.size, 100)
  for (const each of nonces) assert.match(each, /^[A-Za-z0-9_-]{16}$/)
})

test('sha256hex is SHA-256 (FIPS 180-2, appendix B.1), of text and of bytes', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  assert.equal(sha256hex('abc'), abc)
  assert.equal(sha256hex(Buffer.from('abc')), abc)
})

test('digests are equal only if they are whole and the same', () => {
  const digest = sha256hex('a')
  assert.ok(equalDigests(digest, sha256hex('a')))
  assert.ok(!equalDigests(digest, sha256hex('b')))
  assert.ok(!equalDigests(digest, digest.slice(2)))
  assert.ok(!equalDigests('', ''), 'nothing equals nothing')
  assert.ok(!equalDigests('not hex', 'not hex'))
})

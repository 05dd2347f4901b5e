import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createCipher } from '../../../server/store/cipher.ts'

const key = () => randomBytes(32).toString('base64')

test('what was sealed opens with the same key and purpose, whatever it is', () => {
  const cipher = createCipher(key())
  for (const text of ['', 'hunter2', 'zwölf €\n\0', 'x'.repeat(100_000)]) {
    assert.equal(cipher.open('a', cipher.seal('a', text)), text)
  }
  assert.notEqual(cipher.seal('a', 'same'), cipher.seal('a', 'same'))
  assert.ok(!cipher.seal('a', 'hunter2').includes('hunter2'))
})

test('another key and another purpose do not open it, and say what to do', () => {
  const one = createCipher(key())
  const sealed = one.seal('access_key/1', 'hunter2')
  const refused = {
    code: 'config',
    line: /^access_key_encryption: expected the key that sealed .*; restore the former key/,
  }
  assert.throws(() => createCipher(key()).open('access_key/1', sealed), refused)
  assert.throws(() => one.open('access_key/2', sealed), refused)
})

test('every changed byte is noticed', () => {
  const cipher = createCipher(key())
  const bytes = Buffer.from(cipher.seal('a', 'hunter2').slice(3), 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] as number) ^ 1
    assert.throws(() => cipher.open('a', `v1.${changed.toString('base64url')}`), `byte ${at}`)
  }
})

test('what is no sealed text is damaged', () => {
  const cipher = createCipher(key())
  for (const text of ['', 'hunter2', 'v1.', 'v2.AAAA', 'v1.AAAA']) {
    assert.throws(() => cipher.open('a', text), { code: 'damaged' }, text)
  }
})

test('a key of the wrong length is refused by name', () => {
  for (const wrong of ['', 'short', randomBytes(16).toString('base64')]) {
    assert.throws(() => createCipher(wrong), {
      code: 'config',
      line: /^access_key_encryption: expected base64 of 32 bytes, got \d+ bytes; make one with/,
    })
  }
})

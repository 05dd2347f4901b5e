import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword, verifyPassword } from '../../../server/store/passwords.ts'

const cheap = { N: 2 ** 10, r: 8, p: 1 }

test('the password and nothing else is accepted', async () => {
  const stored = await hashPassword('correct horse', cheap)
  assert.match(stored, /^scrypt\$1024\$8\$1\$[\w-]{22}\$[\w-]{43}$/)
  assert.equal(await verifyPassword('correct horse', stored), true)
  for (const wrong of ['', 'Correct horse', 'correct horse ']) {
    assert.equal(await verifyPassword(wrong, stored), false, wrong)
  }
})

test('two hashes of one password differ; a composed and a decomposed letter do not', async () => {
  assert.notEqual(await hashPassword('x', cheap), await hashPassword('x', cheap))
  const stored = await hashPassword('caf\u00e9', cheap)
  assert.equal(await verifyPassword('cafe\u0301', stored), true)
})

test('the cost is read from the hash, so that it can rise without new passwords', async () => {
  const dear = await hashPassword('x', { N: 2 ** 11, r: 4, p: 2 })
  assert.equal(await verifyPassword('x', dear), true)
})

test('no such user: false, after the work of a real check', async () => {
  const cpu = process.cpuUsage()
  assert.equal(await verifyPassword('decoy', undefined), false)
  const { user } = process.cpuUsage(cpu)
  assert.ok(user > 50_000, `only ${user} us of work`)
})

test('an empty password and a damaged hash are refused', async () => {
  await assert.rejects(hashPassword(''), { code: 'invalid' })
  await assert.rejects(verifyPassword('x', 'md5$abc'), { code: 'damaged' })
})

test('a crowd is hashed one by one, and turned away when it grows too long', async () => {
  const crowd = await Promise.allSettled(Array.from({ length: 40 }, () => hashPassword('x', cheap)))
  const refused = crowd.filter(({ status }) => status === 'rejected')
  assert.equal(refused.length, 8)
  assert.equal(refused[0]?.status === 'rejected' && refused[0].reason.code, 'unavailable')
  assert.ok(await hashPassword('x', cheap), 'and after it all is well')
})

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../../lib/log.ts'
import { settleIdentity } from '../../runner/identity.ts'

test('the journal of another registration is put aside, that of the same one is kept', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'outstation-identity-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const settle = (runner: number, registered = 'then') =>
    settleIdentity(folder, { runner, registered }, runner, silentLog)

  settle(1)
  writeFileSync(join(folder, 'journal'), 'of one')
  mkdirSync(join(folder, 'spool'))
  settle(1)
  assert.deepEqual(readdirSync(folder).sort(), ['identity.json', 'journal', 'spool'])
  settle(2)
  assert.deepEqual(readdirSync(folder).sort(), ['former-2', 'identity.json'])
  assert.equal(readFileSync(join(folder, 'former-2', 'journal'), 'utf8'), 'of one')
  writeFileSync(join(folder, 'journal'), 'of two')
  settle(3, 'later')
  assert.equal(readFileSync(join(folder, 'former-3', 'journal'), 'utf8'), 'of two')
})

import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readInstallation } from '../../runner/installation.ts'

test('an installation keeps its id and its place; a copy of it has the id and a place of its own', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'outstation-installation-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [first, copy, other] = [join(folder, 'first'), join(folder, 'copy'), join(folder, 'other')]
  mkdirSync(first)
  mkdirSync(other)

  const made = readInstallation(first)
  assert.deepEqual(readInstallation(first), made)
  assert.equal(made.host, hostname())
  assert.equal(statSync(join(first, 'installation')).mode & 0o777, 0o600)

  cpSync(first, copy, { recursive: true })
  const copied = readInstallation(copy)
  assert.equal(copied.id, made.id)
  assert.notEqual(copied.place, made.place)
  assert.notEqual(readInstallation(other).id, made.id)
})

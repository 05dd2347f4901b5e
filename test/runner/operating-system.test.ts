import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { operatingSystem } from '../../runner/operating-system.ts'

test('the system by its maker, else by its kernel', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'outstation-system-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'os-release')
  const named = (text: string) => {
    writeFileSync(file, text)
    return operatingSystem(file)
  }
  assert.equal(named('ID=x\nPRETTY_NAME="Some Linux 12 (y)"\n'), `Some Linux 12 (y), ${arch()}`)
  assert.equal(named('PRETTY_NAME=Plain\n'), `Plain, ${arch()}`)
  assert.equal(named(`PRETTY_NAME="${'x'.repeat(300)}"`).length, 255)
  const kernel = operatingSystem(join(folder, 'none'))
  assert.ok(kernel.includes(release()) && kernel.endsWith(`, ${arch()}`), kernel)
  assert.equal(named('ID=x\n'), kernel)
})

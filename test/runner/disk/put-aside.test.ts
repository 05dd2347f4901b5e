import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../../../lib/log.ts'
import { prunePutAside } from '../../../runner/disk/put-aside.ts'
import { folder } from './setup.ts'

const stamp = (index: number) => `2026112${index}T060000000Z`

/** Three damaged journals, two damaged segments, one former registration, oldest first; 10 bytes each. */
function fill(dir: string): string[] {
  const former = `former-${Date.parse('2026-11-23T12:00:00Z')}`
  const names = [
    `journal.damaged-${stamp(1)}`,
    `spool/7-1-000000000000.spool.damaged-${stamp(2)}`,
    `journal.damaged-${stamp(3)}`,
    former,
    `spool/9-1-000000000000.spool.damaged-${stamp(4)}`,
    `journal.damaged-${stamp(5)}`,
  ]
  mkdirSync(join(dir, 'spool'))
  for (const name of ['journal', 'identity.json', 'spool/9-1-000000000000.spool']) {
    writeFileSync(join(dir, name), 'in use')
  }
  for (const name of names) {
    if (name === former) {
      mkdirSync(join(dir, name, 'spool'), { recursive: true })
      writeFileSync(join(dir, name, 'spool', 'log'), '0123456789')
    } else writeFileSync(join(dir, name), '0123456789')
  }
  return names
}

function putAside(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.damaged-[^/]+$|former-\d+$/.test(name),
  )
}

for (const { limits, left } of [
  { limits: { pieces: 20, bytes: 1000 }, left: 6 },
  { limits: { pieces: 4, bytes: 1000 }, left: 4 },
  { limits: { pieces: 20, bytes: 35 }, left: 3 },
  { limits: { pieces: 20, bytes: 5 }, left: 1 },
]) {
  test(`of what was put aside the newest ${left} stay within ${JSON.stringify(limits)}`, async (t) => {
    const dir = await folder(t)
    const names = fill(dir)
    await prunePutAside(dir, silentLog, limits)
    assert.deepEqual(putAside(dir).sort(), names.slice(-left).sort())
    assert.ok(readdirSync(dir).includes('journal'))
    assert.deepEqual(
      readdirSync(join(dir, 'spool')).filter((name) => name.endsWith('.spool')),
      ['9-1-000000000000.spool'],
    )
  })
}

test('a runner that has put nothing aside, or has no folder yet, is left alone', async (t) => {
  const dir = await folder(t)
  await prunePutAside(join(dir, 'none'), silentLog)
  assert.deepEqual(readdirSync(dir), [])
})

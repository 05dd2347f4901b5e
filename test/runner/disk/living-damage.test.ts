/** Damage that a spool meets while it is in use: the log ends there, and says so. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { DamageReport } from '../../../broker/messages.ts'
import { systemClock } from '../../../lib/clock.ts'
import { openSpool, type Spool } from '../../../runner/disk/spool.ts'
import { failNextSync } from './bad-fsync.ts'
import { ears, folder } from './setup.ts'

const texts = ['first', 'second', 'third', 'fourth'].map((word) => `${word} ${'.'.repeat(50)}`)
const all = { count: 4, digest: createHash('sha256').update(texts.join('')).digest('hex') }

interface World {
  dir: string
  spool: Spool
  heard: string[]
  told: DamageReport[]
  /** Resolves when `synced` has changed. */
  changed(): Promise<number>
}

/** A log of four records, in one segment. */
async function worldOf(t: TestContext): Promise<World> {
  const dir = join(await folder(t), 'spool')
  const { log, heard } = ears()
  const told: DamageReport[] = []
  const onDamage = async (report: DamageReport) => {
    assert.ok(segmentsIn(dir).includes(report.file), 'told before it is repaired')
    told.push(report)
  }
  const options = { log, clock: systemClock, random: () => 0, onDamage }
  const spool = await openSpool(dir, 7, 2, options)
  t.after(() => spool.close())
  for (const text of texts) {
    await spool.write(Buffer.from(text), 1)
    await spool.flush()
  }
  const changed = () => new Promise<number>((resolve) => spool.onSynced(resolve))
  return { dir, spool, heard, told, changed }
}

function segmentsIn(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.endsWith('.spool'))
}

/** Changes a byte of the record that holds this. @returns the whole file as it is now */
function damage(path: string, text: string): Buffer {
  const bytes = readFileSync(path)
  bytes[bytes.indexOf(text)] = 0
  writeFileSync(path, bytes)
  return bytes
}

async function textsOf(spool: Spool): Promise<string[]> {
  const found: string[] = []
  for (let seq = spool.first; seq < spool.synced; seq += 1) {
    found.push(String((await spool.read(seq)).bytes))
  }
  return found
}

async function reopened(dir: string): Promise<Spool> {
  return openSpool(dir, 7, 2, { log: ears().log, clock: systemClock })
}

for (const [left, word] of [
  [0, 'first'],
  [2, 'third'],
  [3, 'fourth'],
] as const) {
  test(`an fsync fails, and the ${word} record is found damaged: the log ends before it`, async (t) => {
    const { dir, spool, heard, told, changed } = await worldOf(t)
    const path = join(dir, segmentsIn(dir)[0] ?? '')
    let damaged: Buffer = Buffer.alloc(0)
    await failNextSync(t, () => {
      damaged = damage(path, word)
    })
    const cut = changed()
    await spool.write(Buffer.from('more'), 1)
    await assert.rejects(spool.flush(), { code: 'damaged' })
    await assert.rejects(spool.write(Buffer.from('more'), 1), { code: 'damaged' })
    assert.equal(await cut, left)

    assert.deepEqual(await textsOf(spool), texts.slice(0, left))
    await assert.rejects(spool.read(left), { code: 'not_found' })
    assert.deepEqual({ count: spool.count, digest: spool.digest() }, all)
    const reports = told.map(({ file, records, attempts }) => ({ file, records, attempts }))
    const attempts = [{ task: 7, attempt: 2 }]
    assert.deepEqual(reports, [{ file: segmentsIn(dir)[0], records: left, attempts }])
    assert.deepEqual(readFileSync(told[0]?.kept ?? '').subarray(0, damaged.length), damaged)
    assert.deepEqual(heard, [
      'spool: cannot write, the task waits',
      'spool: damaged, the log ends here',
    ])

    await spool.close()
    const next = await reopened(dir)
    assert.deepEqual([await textsOf(next), next.damage], [texts.slice(0, left), []])
    await next.close()
  })
}

test('damage that is met when a record is read ends the log, too', async (t) => {
  const { dir, spool, told, changed } = await worldOf(t)
  damage(join(dir, segmentsIn(dir)[0] ?? ''), 'second')
  const cut = changed()
  await assert.rejects(spool.read(1), { code: 'damaged' })
  await assert.rejects(spool.write(Buffer.from('more'), 1), { code: 'damaged' })
  assert.equal(await cut, 1)
  assert.deepEqual([await textsOf(spool), told.length], [texts.slice(0, 1), 1])
  assert.deepEqual({ count: spool.count, digest: spool.digest() }, all)
})

test('what lies behind the damage is put aside; without its head a segment is none', async (t) => {
  const dir = join(await folder(t), 'spool')
  const told: string[] = []
  const onDamage = async ({ file }: DamageReport) => void told.push(file)
  const options = { log: ears().log, clock: systemClock, cap: 131_072, onDamage }
  const spool = await openSpool(dir, 7, 2, options)
  t.after(() => spool.close())
  for (let part = 0; part < 8; part += 1) {
    await spool.write(Buffer.alloc(12_000, `${part}`), 1)
    await spool.flush()
  }
  const [first = '', second = '', ...more] = segmentsIn(dir).sort()
  assert.ok(more.length > 0)
  const bytes = readFileSync(join(dir, second))
  bytes[20] = 0
  writeFileSync(join(dir, second), bytes)
  const at = Number(/(\d+)\.spool$/.exec(second)?.[1])
  // Its head is never read while it is in use, so a record of it is damaged as well.
  damage(join(dir, second), `${at}`.repeat(100))
  const cut = new Promise((resolve) => spool.onSynced(resolve))
  await assert.rejects(spool.read(at), { code: 'damaged' })
  assert.equal(await cut, at)
  assert.deepEqual(told, [second, ...more])
  assert.deepEqual(segmentsIn(dir), [first])
  assert.deepEqual([(await textsOf(spool)).length, spool.count], [at, 8])
})

test('a disk that does not let it be put aside keeps nobody from the end of the log', async (t) => {
  const { dir, spool, heard, told, changed } = await worldOf(t)
  const path = join(dir, segmentsIn(dir)[0] ?? '')
  damage(path, 'third')
  const cut = changed()
  await assert.rejects(
    spool.read(2).finally(() => rmSync(dir, { recursive: true })),
    { code: 'damaged' },
  )
  assert.equal(await cut, 2)
  assert.deepEqual(await textsOf(spool), texts.slice(0, 2))
  assert.deepEqual([told, heard], [[], ['spool: damaged, and cannot be put aside']])
})

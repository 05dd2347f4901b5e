import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRecordFile, openRecordFile } from '../../../runner/disk/open-records.ts'
import { SmallDisk } from '../../kit/small-disk.ts'
import { folder } from './setup.ts'

const options = { maxPayload: 20_000, now: () => 1_700_000_000_000 }
const create = (path: string, texts: string[]) =>
  createRecordFile(
    path,
    texts.map((text) => Buffer.from(text)),
    options.maxPayload,
  )

test('records are read by number, in any order, and after another open', async (t) => {
  const path = join(await folder(t), 'records')
  const file = await create(path, ['0'])
  for (let n = 1; n < 500; n += 100) {
    await file.append(Array.from({ length: 100 }, (_, i) => Buffer.from(`${n + i}`.repeat(30))))
  }
  const textOf = (n: number) => `${n}`.repeat(n === 0 ? 1 : 30)
  for (const n of [0, 499, 63, 64, 65, 3, 4, 5, 200]) {
    assert.equal(String(await file.read(n)), textOf(n))
  }
  await assert.rejects(file.read(501), { code: 'not_found' })
  await file.close()
  assert.equal(statSync(path).mode & 0o777, 0o600)

  const again = await openRecordFile(path, options)
  assert.equal(again.payloads.length, 501)
  assert.equal(String(await again.file.read(77)), textOf(77))
  await again.file.close()
})

test('a torn tail is cut on disk, and what is appended then is whole', async (t) => {
  const path = join(await folder(t), 'records')
  const file = await create(path, ['one', 'two'])
  await file.close()
  const whole = readFileSync(path)
  for (let length = whole.length - 14; length < whole.length; length += 1) {
    writeFileSync(path, whole.subarray(0, length))
    const opened = await openRecordFile(path, options)
    assert.deepEqual([opened.payloads.map(String), opened.damage], [['one'], undefined])
    assert.equal(opened.cut, length - (whole.length - 15))
    await opened.file.append([Buffer.from('three')])
    await opened.file.close()
    const { payloads, file } = await openRecordFile(path, options)
    assert.deepEqual(payloads.map(String), ['one', 'three'])
    await file.close()
  }
})

test('a damaged file is put aside whole, its good beginning stays in use', async (t) => {
  const dir = await folder(t)
  const path = join(dir, 'records')
  const file = await create(path, ['one', 'two', 'three'])
  await file.append([Buffer.from('four')])
  await file.close()
  const bytes = readFileSync(path)
  bytes[bytes.indexOf('two')] = 0
  writeFileSync(path, bytes)

  const opened = await openRecordFile(path, options)
  assert.deepEqual(opened.payloads.map(String), ['one'])
  const kept = `${path}.damaged-20231114T221320000Z`
  assert.deepEqual(opened.damage, { path, kept, offset: 15, records: 1 })
  assert.deepEqual(readFileSync(kept), bytes)
  await opened.file.append([Buffer.from('five')])
  await opened.file.close()

  const again = await openRecordFile(path, options)
  assert.deepEqual([again.payloads.map(String), again.damage], [['one', 'five'], undefined])
  await again.file.close()
  assert.deepEqual(readdirSync(dir).sort(), ['records', 'records.damaged-20231114T221320000Z'])
})

test('a record that rots while the file is open is not handed out', async (t) => {
  const path = join(await folder(t), 'records')
  const file = await create(path, ['one', 'two'])
  const bytes = readFileSync(path)
  bytes[bytes.length - 1] = 0
  writeFileSync(path, bytes)
  assert.equal(String(await file.read(0)), 'one')
  await assert.rejects(file.read(1), { code: 'damaged', message: /record 1 at byte 15 is damaged/ })
  await file.close()
})

test('a payload over the limit, or none, is refused before anything is written', async (t) => {
  const file = await create(join(await folder(t), 'records'), ['one'])
  await assert.rejects(file.append([Buffer.alloc(20_001)]), { code: 'too_large' })
  await assert.rejects(file.append([Buffer.alloc(0)]), { code: 'too_large' })
  assert.equal(file.count, 1)
  await file.close()
})

test('a full disk costs the append that met it, and no more', async (t) => {
  const disk = await SmallDisk.for(t)
  if (disk === undefined) return
  const dir = disk.path
  await writeFile(join(dir, 'ballast'), Buffer.alloc(600_000))
  const path = join(dir, 'records')
  const file = await create(path, ['one'])
  const record = Buffer.alloc(10_000, 'x')
  let count = 1
  const fill = async () => {
    for (;;) {
      await file.append([record, record, record])
      count += 3
    }
  }
  await assert.rejects(fill, {
    code: 'unavailable',
    message: `cannot write ${path}: no space left`,
    fix: 'free some space on its disk',
  })
  assert.equal(statSync(path).size, file.size)
  assert.ok(count > 10)
  await rm(join(dir, 'ballast'))
  await file.append([record])
  await file.close()
  const { payloads, file: again } = await openRecordFile(path, options)
  assert.equal(payloads.length, count + 1)
  await again.close()
})

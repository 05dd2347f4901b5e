import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DamageReport } from '../../../broker/messages.ts'
import { silentLog } from '../../../lib/log.ts'
import { DamageBook, reportOf } from '../../../runner/disk/damage-book.ts'
import { SmallDisk } from '../../kit/small-disk.ts'
import { ears, folder } from './setup.ts'

const options = { log: silentLog, now: () => 1_700_000_000_000 }

function report(id: string): DamageReport {
  const kept = `/state/journal.damaged-${id}`
  return reportOf({ path: '/state/journal', kept, offset: 90, records: 3 }, [
    { task: 7, attempt: 2 },
  ])
}

test('a report names file, copy, what could be kept, and the attempts', () => {
  assert.deepEqual(report('a'), {
    id: 'journal.damaged-a',
    file: 'journal',
    kept: '/state/journal.damaged-a',
    offset: 90,
    records: 2,
    attempts: [{ task: 7, attempt: 2 }],
  })
})

test('what was noted is there after a crash, until it is settled', async (t) => {
  const dir = join(await folder(t), 'state')
  const book = await DamageBook.open(dir, options)
  await book.add(report('a'))
  await book.add(report('b'))
  const again = await DamageBook.open(dir, options)
  assert.deepEqual(again.reports, [report('a'), report('b')])
  await again.settle(['journal.damaged-a', 'unknown'])
  await again.close()
  const third = await DamageBook.open(dir, options)
  assert.deepEqual(third.reports, [report('b')])
  await third.close()
  await book.close()
})

test('a book that is damaged itself goes on with what is left, and says that, too', async (t) => {
  const dir = await folder(t)
  writeFileSync(join(dir, 'damage'), Buffer.alloc(100))
  const book = await DamageBook.open(dir, options)
  const told = book.reports.map(({ file, records }) => [file, records])
  assert.deepEqual(told, [['damage', 0]])
  await book.close()
})

test('a full disk does not keep it from being told', async (t) => {
  const disk = await SmallDisk.for(t)
  if (disk === undefined) return
  const { log, heard } = ears()
  const book = await DamageBook.open(disk.path, { ...options, log })
  await disk.fill()
  await book.add(report('a'))
  assert.deepEqual(heard, ['damage not noted on disk'])
  assert.deepEqual(book.reports, [report('a')])
  await book.close()
})

test('damage that is found while a welcome settles what was told', async (t) => {
  const dir = join(await folder(t), 'state')
  const { log, heard } = ears()
  const book = await DamageBook.open(dir, { ...options, log })
  await book.add(report('a'))
  await Promise.all([
    book.add(report('b')),
    book.settle(['journal.damaged-a']),
    book.add(report('c')),
  ])
  await book.close()
  const again = await DamageBook.open(dir, options)
  assert.deepEqual([again.reports, heard], [[report('b'), report('c')], []])
  await again.close()
})

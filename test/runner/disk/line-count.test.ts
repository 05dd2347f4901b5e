/** Lines that wait for their acknowledgement: of a small log exactly, of a huge one in little memory. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { LineCount } from '../../../runner/disk/line-count.ts'
import { openSpool, type Spool } from '../../../runner/disk/spool.ts'
import { ears, folder } from './setup.ts'

const cap = 131_072

function open(dir: string): Promise<Spool> {
  return openSpool(dir, 7, 2, { log: ears().log, clock: systemClock, cap })
}

/** Each of the texts as a record of its own. */
async function write(spool: Spool, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    await spool.write(Buffer.from(text), 0)
    await spool.flush()
  }
}

test('lines are counted from any record on that is not acknowledged; files have none', async (t) => {
  const dir = join(await folder(t), 'spool')
  const spool = await open(dir)
  assert.equal(spool.linesFrom(0), 0)
  await write(spool, 'one\ntwo\nthr', 'ee\n\nfive')
  await spool.write(Buffer.from('a\nb\n'), 0, 'file')
  await spool.flush()
  await write(spool, '\n')
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((seq) => spool.linesFrom(seq)),
    [5, 3, 1, 1, 0],
  )
  spool.acked(1)
  assert.deepEqual(
    [0, 1, 3].map((seq) => spool.linesFrom(seq)),
    [undefined, 3, 1],
    'what a server asks for again is not counted any more',
  )
  await spool.close()
  const again = await open(dir)
  t.after(() => again.close())
  assert.equal(again.linesFrom(1), 3)
  await write(again, 'six\n')
  assert.equal(again.linesFrom(1), 4)
})

test('a log in several files, of which the head was dropped', async (t) => {
  const dir = join(await folder(t), 'spool')
  const spool = await open(dir)
  for (let seq = 0; seq < 20; seq += 1) {
    spool.acked(seq)
    await write(spool, `${'x'.repeat(9_000)}\n`)
  }
  assert.ok(spool.first > 0)
  assert.equal(spool.linesFrom(19), 1)
  await spool.close()
  const again = await open(dir)
  t.after(() => again.close())
  assert.equal(again.linesFrom(again.first), 20 - again.first)
  assert.equal(again.linesFrom(0), undefined)
})

test('a runner that is away for days keeps few numbers, and they are off by little', () => {
  const count = new LineCount(0)
  const records = 1_000_000
  const line = Buffer.concat([Buffer.alloc(8), Buffer.from('x\n')])
  for (let seq = 0; seq < records; seq += 1) count.add(seq, line)
  assert.equal(count.from(0), records)
  for (const seq of [1, 12_345, 999_000]) {
    count.drop(seq)
    const more = (count.from(seq) ?? 0) - (records - seq)
    assert.ok(more >= 0 && more < 4096, `${more} lines too many from ${seq} on`)
  }
  count.drop(records)
  for (let seq = records; seq < records + 1024; seq += 1) count.add(seq, line)
  assert.equal(count.from(records + 1000), 24)
})

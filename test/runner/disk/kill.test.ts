import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { openJournal } from '../../../runner/disk/journal.ts'
import { openSpool } from '../../../runner/disk/spool.ts'
import { ears, folder, run } from './setup.ts'

test('what was acknowledged before a SIGKILL is there after it', async (t) => {
  const dir = await folder(t)
  const { log } = ears()
  for (let round = 0; round < 5; round += 1) {
    const child = run(t, 'append-forever.ts', [dir])
    await child.printed(1 + Math.floor(Math.random() * 400))
    await child.kill()
    assert.ok(child.lines.length > 0)

    const { journal, attempts, damage } = await openJournal(dir, { log, clock: systemClock })
    assert.equal(damage, undefined)
    for (const [, task] of wordsOf(child.lines, 'journal')) {
      assert.equal(attempts.get(`${task}.1`)?.phase, 'accepted', `task ${task} of round ${round}`)
    }
    await journal.close()

    const spool = await openSpool(join(dir, 'spool'), 1, 1, { log, clock: systemClock })
    assert.deepEqual(spool.damage, [])
    const promises = wordsOf(child.lines, 'spool').map(([, ...words]) => words.join(' '))
    const prefixes = new Set([`0 0 ${createHash('sha256').digest('hex')}`])
    const hash = createHash('sha256')
    let bytes = 0
    for (let seq = 0; seq < spool.synced; seq += 1) {
      const record = await spool.read(seq)
      bytes += record.bytes.length
      prefixes.add(`${seq + 1} ${bytes} ${hash.update(record.bytes).copy().digest('hex')}`)
    }
    for (const promised of promises) assert.ok(prefixes.has(promised), promised)
    await spool.close()
  }
})

function wordsOf(lines: string[], first: string): string[][] {
  return lines.map((line) => line.split(' ')).filter((words) => words[0] === first)
}

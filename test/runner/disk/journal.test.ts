import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DamageReport } from '../../../broker/messages.ts'
import type { JournalRecord } from '../../../runner/core/state.ts'
import { openJournal } from '../../../runner/disk/journal.ts'
import { createRecordFile } from '../../../runner/disk/open-records.ts'
import { SmallDisk } from '../../kit/small-disk.ts'
import { failNextSync } from './bad-fsync.ts'
import { ears, folder, handClock } from './setup.ts'

const accept = (task: number): JournalRecord => ({ kind: 'accept', task, attempt: 1 })
const start = (task: number): JournalRecord => ({ kind: 'start', task, attempt: 1 })

function world() {
  const { log, heard } = ears()
  return { heard, options: { log, clock: handClock() } }
}

test('what was appended is folded at the next open', async (t) => {
  const dir = join(await folder(t), 'state')
  const { options } = world()
  const { journal, attempts } = await openJournal(dir, options)
  assert.equal(attempts.size, 0)
  await journal.append([accept(1), start(1)])
  await Promise.all([journal.append([accept(2)]), journal.append([accept(3)])])
  await journal.append([{ kind: 'forget', task: 3, attempt: 1 }])
  await journal.close()
  await journal.close()
  await assert.rejects(journal.append([accept(4)]), { code: 'unavailable' })

  const again = await openJournal(dir, options)
  assert.deepEqual(
    [...again.attempts.values()].map(({ task, phase }) => [task, phase]),
    [
      [1, 'started'],
      [2, 'accepted'],
    ],
  )
  assert.deepEqual([...again.highest.keys()].sort(), [1, 2, 3])
  assert.equal(again.damage, undefined)
  await again.journal.close()
  assert.deepEqual(readdirSync(dir), ['journal'])
  assert.equal(statSync(dir).mode & 0o777, 0o700)
  assert.equal(statSync(join(dir, 'journal')).mode & 0o777, 0o600)
})

test('appends that meet share an fsync: a thousand take no thousand', async (t) => {
  const { options } = world()
  const { journal } = await openJournal(await folder(t), options)
  const order: number[] = []
  const appends = Array.from({ length: 1000 }, async (_, task) => {
    await journal.append([accept(task + 1)])
    order.push(task)
  })
  await appends[0]
  await Promise.resolve()
  assert.ok(order.length > 900, `the first fsync carried ${order.length}`)
  await Promise.all(appends)
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  )
  await journal.close()
})

test('it does not grow with what is over', async (t) => {
  const dir = await folder(t)
  const { options } = world()
  const { journal } = await openJournal(dir, options)
  const commit_message = 'x'.repeat(4000)
  for (let task = 1; task <= 600; task += 1) {
    const body = { outcome: 'succeeded', exit_code: 0, signal: null, reason: null } as const
    const log = {
      commit_hash: null,
      commit_message,
      chunks: 0,
      dropped: 0,
      bytes: 0,
      sha256: '0'.repeat(64),
    }
    const of = { task, attempt: 1 }
    await journal.append([accept(task), { kind: 'end', ...of, result: { ...body, ...log } }])
    if (task < 600) await journal.append([{ kind: 'forget', ...of }])
  }
  const { size } = statSync(join(dir, 'journal'))
  assert.ok(size < 1_100_000, `${size} bytes after 2.4 MB of records`)
  await journal.close()
  const again = await openJournal(dir, options)
  assert.deepEqual([...again.attempts.keys()], ['600.1'])
  assert.equal(again.highest.size, 600)
  await again.journal.close()
  assert.ok(statSync(join(dir, 'journal')).size < 70_000)
})

test('a torn tail is cut and said, and costs nothing that was promised', async (t) => {
  const dir = await folder(t)
  const { options, heard } = world()
  const { journal } = await openJournal(dir, options)
  await journal.append([accept(1)])
  await journal.append([start(1)])
  await journal.close()
  const path = join(dir, 'journal')
  writeFileSync(path, readFileSync(path).subarray(0, -3))
  const { attempts, journal: again, damage } = await openJournal(dir, options)
  assert.equal(attempts.get('1.1')?.phase, 'accepted')
  assert.equal(damage, undefined)
  assert.deepEqual(heard, ['journal: cut a torn tail'])
  await again.close()
})

test('after damage nothing that was accepted can be started: START may be what was lost', async (t) => {
  const dir = await folder(t)
  const { options, heard } = world()
  const { journal } = await openJournal(dir, options)
  await journal.append([accept(1)])
  await journal.append([start(1)])
  await journal.append([accept(2)])
  await journal.close()
  const path = join(dir, 'journal')
  const bytes = readFileSync(path)
  bytes[bytes.indexOf('"start"')] = 0
  writeFileSync(path, bytes)

  const told: DamageReport[] = []
  const onDamage = async (report: DamageReport) => {
    assert.deepEqual(readFileSync(path), bytes, 'told before it is repaired')
    told.push(report)
  }
  const { attempts, journal: again, damage } = await openJournal(dir, { ...options, onDamage })
  assert.deepEqual(
    [...attempts.values()].map(({ task, phase }) => [task, phase]),
    [[1, 'started']],
  )
  assert.deepEqual(
    told.map(({ file, records, attempts }) => ({ file, records, attempts })),
    [{ file: 'journal', records: 2, attempts: [{ task: 1, attempt: 1 }] }],
  )
  assert.deepEqual(readFileSync(damage?.kept ?? ''), bytes)
  assert.deepEqual(heard, ['journal: damaged, the records before the damage are kept'])
  await again.close()
  const third = await openJournal(dir, options)
  assert.equal(third.damage, undefined)
  assert.equal(third.attempts.get('1.1')?.phase, 'started')
  await third.journal.close()
})

test('a journal of which nothing is left is put aside and begun anew', async (t) => {
  const dir = await folder(t)
  const { options } = world()
  writeFileSync(join(dir, 'journal'), Buffer.alloc(4096))
  const { journal, attempts, damage } = await openJournal(dir, options)
  assert.deepEqual([attempts.size, damage?.offset], [0, 0])
  await journal.append([accept(1)])
  await journal.close()
  const again = await openJournal(dir, options)
  assert.deepEqual([again.attempts.size, again.damage], [1, undefined])
  await again.journal.close()
})

test('a journal of a newer version is refused and left as it is', async (t) => {
  const dir = await folder(t)
  const path = join(dir, 'journal')
  const file = await createRecordFile(path, [Buffer.from('{"kind":"journal","v":2}')], 100)
  await file.close()
  const before = readFileSync(path)
  await assert.rejects(openJournal(dir, world().options), {
    code: 'conflict',
    message: `${path}: expected a journal of version 1, got 2`,
  })
  assert.deepEqual(readFileSync(path), before)
})

test('on a full disk it takes nothing and says so; with room it goes on', async (t) => {
  const disk = await SmallDisk.for(t)
  if (disk === undefined) return
  const dir = disk.path
  const { options, heard } = world()
  const { journal } = await openJournal(dir, options)
  await journal.append([accept(1)])
  await writeFile(join(dir, 'ballast'), Buffer.alloc(2_000_000)).catch(() => {})
  let task = 1
  const fill = async () => {
    for (;;) {
      await journal.append([accept(task + 1)])
      task += 1
    }
  }
  await assert.rejects(fill, { code: 'unavailable', message: /no space left$/ })
  await assert.rejects(journal.mend(), { code: 'unavailable', message: /no space left$/ })
  await journal.close()

  const full = await openJournal(dir, options)
  assert.equal(full.attempts.size, task)
  assert.deepEqual(heard, ['journal: not compacted'])
  await rm(join(dir, 'ballast'))
  await Promise.all([full.journal.mend(), full.journal.append([accept(task + 1)])])
  await full.journal.close()
  const again = await openJournal(dir, options)
  assert.equal(again.attempts.size, task + 1)
  await again.journal.close()
})

test('after a failed fsync the file is written anew from memory, whatever has become of it', async (t) => {
  const dir = await folder(t)
  const path = join(dir, 'journal')
  const { options, heard } = world()
  const { journal, attempts } = await openJournal(dir, options)
  await journal.append([accept(1), start(1), accept(2)])
  const lost = () => writeFileSync(path, Buffer.alloc(readFileSync(path).length))
  await failNextSync(t, lost)
  await assert.rejects(journal.append([start(2)]), { code: 'unavailable', message: /EIO$/ })
  await journal.mend()
  await journal.append([accept(3)])
  // What nobody waits for comes without a `mend` in between.
  await failNextSync(t, lost)
  await assert.rejects(journal.append([accept(4)]), { code: 'unavailable' })
  await journal.append([{ kind: 'reached', session: 5, task: 6 }])
  await journal.close()
  assert.equal(attempts.size, 0, 'what was found at the open stays as it was')

  const again = await openJournal(dir, options)
  const phases = [...again.attempts.values()].map(({ task, phase }) => [task, phase])
  assert.deepEqual(phases, [
    [1, 'started'],
    [2, 'accepted'],
    [3, 'accepted'],
  ])
  assert.deepEqual([again.reached.session, again.damage, heard], [5, undefined, []])
  await again.journal.close()
})

import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { silentLog } from '../../../lib/log.ts'
import { openSpool } from '../../../runner/disk/spool.ts'
import { listSpools, sweepSpools } from '../../../runner/disk/spools.ts'
import { folder } from './setup.ts'

test('a restart finds the logs of all attempts and removes those that nobody wants', async (t) => {
  const dir = join(await folder(t), 'spool')
  assert.deepEqual(await listSpools(dir), [])
  for (const [task, attempt] of [
    [1, 1],
    [1, 2],
    [12, 1],
  ] as const) {
    const spool = await openSpool(dir, task, attempt, { log: silentLog, clock: systemClock })
    await spool.write(Buffer.from(`log of ${task}.${attempt}`), 1)
    await spool.flush()
    await spool.close()
  }
  writeFileSync(join(dir, 'notes.txt'), 'of somebody else')
  writeFileSync(join(dir, '1-2-000000000001.spool.new'), 'half a seg')
  const byKey = (names: { task: number; attempt: number }[]) =>
    names.map(({ task, attempt }) => `${task}.${attempt}`).sort()
  assert.deepEqual(byKey(await listSpools(dir)), ['1.1', '1.2', '12.1'])
  assert.deepEqual(byKey(await sweepSpools(dir, new Map([['1.2', true]]))), ['1.1', '12.1'])
  assert.deepEqual(readdirSync(dir).sort(), ['1-2-000000000000.spool', 'notes.txt'])
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openSqlite } from '../../../server/store/open.ts'
import { openTempStore } from './temp-store.ts'

test('durable on every connection, and for nobody else to read', async (t) => {
  const { store, file } = await openTempStore(t)
  const pragma = async (sql: string) => [
    Object.values((await store.read.raw(`PRAGMA ${sql}`))[0])[0],
    Object.values((await store.commit(({ db }) => db.raw(`PRAGMA ${sql}`)))[0])[0],
  ]
  assert.deepEqual(await pragma('journal_mode'), ['wal', 'wal'])
  assert.deepEqual(await pragma('synchronous'), [2, 2])
  assert.deepEqual(await pragma('foreign_keys'), [1, 1])
  for (const name of [file, `${file}-wal`]) {
    assert.equal((await stat(name)).mode & 0o777, 0o600, name)
  }
})

test('a process that commits in a loop and is killed: all that it was promised is there', async (t) => {
  const { store, file } = await openTempStore(t)
  await store.close()
  const program = join(import.meta.dirname, 'commit-forever.ts')
  let promised = 0
  for (const lines of [40, 150, 20]) {
    const child = spawn(process.execPath, ['--import', 'tsx', program, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    let left = lines
    for await (const line of createInterface({ input: child.stdout })) {
      promised = Math.max(promised, Number(line))
      left -= 1
      if (left === 0) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    assert.equal(child.signalCode, 'SIGKILL')

    const again = await openSqlite(file)
    const [{ integrity_check }] = await again.read.raw('PRAGMA integrity_check')
    const pairs: { number: string; halves: number }[] = await again
      .read('projects')
      .whereLike('name', 'pair %')
      .groupBy('name')
      .select('name as number')
      .count({ halves: '*' })
    await again.close()
    assert.equal(integrity_check, 'ok')
    assert.ok(pairs.length >= promised, `promised ${promised}, found ${pairs.length}`)
    assert.ok(
      pairs.every(({ halves }) => halves === 2),
      'a work is there whole or not at all',
    )
  }
  assert.ok(promised >= 40)
})

import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { BerthStock, leave } from '../../../runner/job/berth.ts'
import { tempFolder } from './make.ts'

test('a stock gives each berth once, and closes what nobody took', async (t) => {
  const stock = new BerthStock(await tempFolder(t))
  const berths = await Promise.all([stock.take(), stock.take()])
  assert.notEqual(berths[0].pipe.writer, berths[1].pipe.writer)
  assert.ok(berths[0].shell, 'the one that was made ahead has a shell')
  assert.equal(berths[1].shell, undefined)
  for (const berth of berths) leave(berth)
  await stock.close()
  await stock.close()
})

test('one that could not be made ahead is made when it is needed', async (t) => {
  const folder = join(await tempFolder(t), 'pipes')
  await writeFile(folder, 'no folder')
  const [early, late] = [new BerthStock(folder), new BerthStock(folder)]
  await assert.rejects(early.take(), { code: 'EEXIST' })
  await rm(folder)
  leave(await late.take())
  await early.close()
  await late.close()
})

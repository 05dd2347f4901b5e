import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BerthStock } from '../../../runner/job/berth.ts'
import { tempFolder } from './make.ts'

test('a stock gives each berth once, and closes what nobody took', async (t) => {
  const stock = new BerthStock(await tempFolder(t))
  const berths = await Promise.all([stock.take(), stock.take()])
  assert.notEqual(berths[0].pipe.writer, berths[1].pipe.writer)
  assert.ok(berths[0].shell, 'the one that was made ahead has a shell')
  assert.equal(berths[1].shell, undefined)
  for (const { pipe, shell } of berths) {
    shell?.close()
    pipe.closeWriter()
    pipe.reader.destroy()
  }
  await stock.close()
  await stock.close()
})

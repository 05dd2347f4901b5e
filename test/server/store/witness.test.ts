import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../../../lib/log.ts'
import { Witness } from '../../../server/store/witness.ts'

test('a witness knows how far its database was, and is silent of another one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-witness-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'last-commit')
  const seen = { database: 'a', commits: 12, task: 3 }
  await writeFile(path, JSON.stringify(seen))
  const witness = new Witness(path, silentLog)
  assert.deepEqual(witness.ahead({ database: 'a', commits: 11 }), seen)
  assert.equal(witness.ahead({ database: 'a', commits: 12 }), undefined)
  assert.equal(witness.ahead({ database: 'b', commits: 1 }), undefined)
  witness.close()
  await writeFile(path, '{"database":')
  const torn = new Witness(path, silentLog)
  assert.equal(torn.ahead({ database: 'a', commits: 1 }), undefined)
  torn.close()
})

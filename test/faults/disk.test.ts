/** The disk with faults leaves of what was not fsynced what it says, and nothing else goes. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Random } from '../simulator/random.ts'
import { chooseDeaths, FaultyDisk, lacksCompiler, pointsIn, type Tear } from './disk.ts'

/** Two points: what is written before the second one is not fsynced. */
const program = `
const { openSync, writeSync, fsyncSync, ftruncateSync } = require('node:fs')
const log = openSync('log', 'w+')
writeSync(log, 'durable.')
fsyncSync(log)
const again = openSync('log', 'r+')
writeSync(again, 'DUR', 0)
writeSync(log, 'added')
writeSync(again, 'BLE', 4)
const made = openSync('made', 'wx')
writeSync(made, '12345678')
fsyncSync(made)
console.log('lives')
`
const nothing = '\0'

let disk: FaultyDisk | undefined
before(async () => {
  if (process.env.CI || (await lacksCompiler()) === undefined) disk = await FaultyDisk.build()
})
after(() => disk?.close())

const left: [tear: Tear | undefined, log: string, made: string][] = [
  [undefined, 'DURaBLE.added', '12345678'],
  ['gone', 'durable.', ''],
  ['half', 'duraBLE.ad', '1234'],
  ['zeros', `durable.${nothing.repeat(5)}`, nothing.repeat(8)],
]

for (const [tear, log, made] of left) {
  test(`${tear ?? 'all'} is left of what was not fsynced`, async (t) => {
    if (disk === undefined) return t.skip('needs a C compiler')
    const folder = await mkdtemp(join(tmpdir(), 'outstation-torn-'))
    t.after(() => rm(folder, { recursive: true }))
    const points = join(folder, 'points')
    const env = disk.env({ log: points, killBefore: 2, ...(tear && { tear }) })
    const end = await new Promise((resolve) => {
      const options = { cwd: folder, env: { ...process.env, ...env } }
      execFile(process.execPath, ['-e', program], options, (error) => resolve(error?.signal))
    })
    assert.equal(end, 'SIGKILL')
    const names = (await pointsIn(points)).map((line) => line.split('/').at(-1))
    assert.deepEqual(names, ['log', 'made'])
    assert.equal(await readFile(join(folder, 'log'), 'utf8'), log)
    assert.equal(await readFile(join(folder, 'made'), 'utf8'), made)
  })
}

test('each way to die at each point, or at so many of them', () => {
  assert.equal(chooseDeaths(7, 1_000, new Random(1)).length, 35)
  const few = chooseDeaths(7, 1, new Random(1))
  assert.equal(new Set(few.map(({ way }) => way)).size, 5)
  assert.equal(few.length, 5)
  assert.ok(few.every(({ point }) => point >= 1 && point <= 7))
})

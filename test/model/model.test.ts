/**
 * Server and runners, the real decisions over simulated disks, processes and links. Deterministic: a
 * failing seed is printed, and `node --import tsx test/model/runs.ts nothing SEED` tells its story.
 * More seeds: MODEL_RUNS=100000 MODEL_FIRST=1.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { type BreakName, breaks } from './breaks.ts'
import type { Runs } from './runs.ts'

const { MODEL_RUNS = '1000', MODEL_FIRST = '1' } = process.env

test('whatever is lost or dies, every rule holds and everything comes to its end', async (t) => {
  const first = Number(MODEL_FIRST)
  const { runs, settledIn, seen, failure } = await run(
    'nothing',
    first,
    first + Number(MODEL_RUNS) - 1,
  )
  assert.equal(failure, undefined)
  assert.equal(runs, Number(MODEL_RUNS))
  t.diagnostic(
    `${runs} runs, settled within ${Math.round(settledIn / 1000)} s: ${JSON.stringify(seen)}`,
  )
  for (const what of worthSeeing)
    assert.ok((seen[what] ?? 0) > 0, `no run in which one was ${what}`)
})

test('the same seed makes the same run', async () => {
  assert.deepEqual(await run('nothing', 7, 9), await run('nothing', 7, 9))
})

for (const name of Object.keys(breaks) as BreakName[]) {
  if (name === 'nothing') continue
  test(`a fault is found: ${name}`, async (t) => {
    const { runs, failure } = await run(name, 1, 1000)
    assert.match(failure ?? 'none found', caughtAs[name])
    t.diagnostic(`after ${runs} runs: ${failure}`)
  })
}

const caughtAs: Record<BreakName, RegExp> = {
  nothing: /never/,
  'spawn before journal': /spawned twice|given up, though its runner had it/,
  'ack before commit':
    /both spawned|given up, though its runner had it|spawned after its stop|no end in sight/,
  'accept stale attempt': /both spawned|current attempts|given up, though|transition of the table/,
  'skip a seq': /record \d+ is|stored with/,
  'accept early result': /stored with \d+ of/,
  'grant once': /no end in sight/,
  'ask anew': /decided on twice/,
}

const worthSeeing = [
  'success',
  'error',
  'stopped',
  'interrupted',
  'cancelled',
  'given up',
  'silent for too long',
  'requeued',
  'refused by a full disk',
  'stopped before any grant',
  'spawned after an offer was withdrawn',
  'asked',
  'confirmed',
  'rejected',
]

async function run(name: BreakName, first: number, last: number): Promise<Runs> {
  const program = join(import.meta.dirname, 'runs.ts')
  const args = ['--import', 'tsx', program, name, String(first), String(last)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

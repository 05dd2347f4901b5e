/** The benchmarks still run; what they find is not judged here, where others use the machine too. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { percentile } from '../bench/benchmark.ts'
import { verdictOn } from '../bench/report.ts'

const root = dirname(import.meta.dirname)

test('a percentile is a value that was measured', () => {
  const values = [5, 1, 4, 2, 3]
  assert.deepEqual(
    [0, 50, 80, 81, 95, 100].map((p) => percentile(values, p)),
    [1, 3, 4, 5, 5, 5],
  )
  assert.equal(percentile([], 50), Number.NaN)
})

test('an aim is told with its figure, and what was not measured does not reach it', () => {
  const aim = { name: 'all back', atMost: 60_000, unit: 'ms' }
  const may = 'at most 60,000 ms'
  assert.equal(verdictOn({ ...aim, got: 5_239 }), `aim reached: all back 5,239 ms, ${may}`)
  assert.equal(verdictOn({ ...aim, got: 61e3 }), `aim NOT reached: all back 61,000 ms, ${may}`)
  const ratio = { name: 'ratio', atMost: 2, unit: '' }
  assert.equal(verdictOn({ ...ratio, got: NaN }), 'aim NOT reached: ratio NaN, at most 2.00')
})

test('dispatch beside a bare exchange', async () => {
  const output = await figures('dispatch', '--runs', '1')
  assert.match(output, /^Outstation +[\d.]+ +[\d.]+ +1$/m)
  assert.match(output, /^bare exchange +[\d.]+ +[\d.]+ +1$/m)
  assert.match(output, /^ratio of the first to the second: \d+\.\d\d/m)
})

test('a fleet that is cut off, and back', async () => {
  const output = await figures('fleet', '--runners', '3', '--runs', '1')
  assert.match(output, /^back after a cut +[\d.,]+ +[\d.,]+ +3$/m)
  assert.match(output, /^restart: all back within [\d,]+ ms; API p99 \d+ ms; CPU/m)
  for (const aim of ['cut, all back', 'cut, API p99', 'restart, all back', 'restart, API p99'])
    assert.match(output, new RegExp(`^aim (NOT )?reached: ${aim} [\\d.,]+ ms, at most`, 'm'))
})

test('what is called wrongly is told', async () => {
  assert.deepEqual(await bench('speed'), {
    code: 2,
    output: 'bench: expected one of dispatch, log, fleet, git, web, got speed\n',
  })
})

/** What it printed; its code says whether every aim is reached. */
async function figures(...args: string[]): Promise<string> {
  const { code, output } = await bench(...args)
  assert.match(output, /^aim (NOT )?reached: /m)
  assert.equal(code, output.includes('NOT reached') ? 1 : 0, output)
  return output
}

async function bench(...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...args], {
    cwd: root,
  })
  const closed = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await closed
  return { code, output: stdout + stderr }
}

/** The benchmarks still run; what they find is not judged here, where others use the machine too. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { percentile } from '../bench/benchmark.ts'

const root = dirname(import.meta.dirname)

test('a percentile is a value that was measured', () => {
  const values = [5, 1, 4, 2, 3]
  assert.deepEqual(
    [0, 50, 80, 81, 95, 100].map((p) => percentile(values, p)),
    [1, 3, 4, 5, 5, 5],
  )
  assert.equal(percentile([], 50), Number.NaN)
})

test('dispatch beside a bare exchange', async () => {
  const { code, output } = await bench('dispatch', '--runs', '1')
  assert.equal(code, 0, output)
  assert.match(output, /^Outstation +[\d.]+ +[\d.]+ +1$/m)
  assert.match(output, /^bare exchange +[\d.]+ +[\d.]+ +1$/m)
  assert.match(output, /^ratio of the first to the second: \d+\.\d\d/m)
})

test('a fleet that is cut off, and back', async () => {
  const { code, output } = await bench('fleet', '--runners', '3', '--runs', '1')
  assert.equal(code, 0, output)
  assert.match(output, /^back after a cut +[\d.,]+ +[\d.,]+ +3$/m)
  assert.match(output, /^restart: all back within [\d,]+ ms; API p99 \d+ ms; CPU/m)
})

test('what is called wrongly is told', async () => {
  assert.deepEqual(await bench('speed'), {
    code: 2,
    output: 'bench: expected one of dispatch, log, fleet, git, web, got speed\n',
  })
})

async function bench(...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...args], {
    cwd: root,
  })
  const closed = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await closed
  return { code, output: stdout + stderr }
}

/** Limits that the kernel keeps, met by programs that want more. Each runs only inside its own limit. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Clock, systemClock } from '../../../lib/clock.ts'
import { toRunnerConfig } from '../../../runner/config.ts'
import { type Limit, type LimitSettings, prepareLimits } from '../../../runner/job/limits.ts'
import { noLimits } from '../../kit/limits.ts'
import { runScript } from './make.ts'

const all = { memory_mb: 64, cpus: 0.5, pids: 40 }

async function limited(t: TestContext, settings: LimitSettings, script: string, changes = {}) {
  const limits = prepareLimits(settings)
  const result = await runScript(t, script, {}, { isolation: { wrapper: [], limits }, ...changes })
  assert.deepEqual(leftGroups(limits), [])
  return result
}

function leftGroups(limits: readonly Limit[]): string[] {
  return limits.flatMap(({ parent }) =>
    readdirSync(parent).filter((name) => name.includes(`.${process.pid}-`)),
  )
}

test('a task that wants more memory', { skip: noLimits }, async (t) => {
  const script = `python3 -c 'print(len(bytearray(300_000_000)))'`
  const free = await limited(t, { memory_mb: 1024 }, script)
  assert.equal(free.end.outcome, 'succeeded', free.log.text)
  const { end, log } = await limited(t, { memory_mb: 64 }, script)
  const reason = 'ended by the memory limit of 64 MB (runner.limits.memory_mb)'
  assert.deepEqual([end.outcome, end.reason], ['failed', reason])
  assert.match(log.text, /\nRunning app failed: ended by the memory limit of 64 MB/)
})

test('a fork bomb does no harm and is gone after the stop', { skip: noLimits }, async (t) => {
  const cancel = new AbortController()
  const running = limited(
    t,
    { pids: 40 },
    'echo "now: $$"; bomb() { bomb | bomb & }; bomb; wait; sleep 900',
    {
      cancel: cancel.signal,
      log: {
        async write(bytes: Uint8Array) {
          if (Buffer.from(bytes).includes('fork')) cancel.abort({ force: true })
        },
      },
    },
  )
  const { end } = await running
  assert.equal(end.outcome, 'cancelled')
})

test('too many processes: the reason names the limit', { skip: noLimits }, async (t) => {
  const script = 'for i in $(seq 60); do sleep 900 & done 2>/dev/null; exit 3'
  const { end, log } = await limited(t, { pids: 20 }, script)
  const reason = 'met the limit of 20 processes and threads (runner.limits.pids)'
  assert.equal(end.reason, reason, log.text)
})

test('a limit that was met without harm is told all the same', { skip: noLimits }, async (t) => {
  const script = `python3 -c '
import subprocess
try:
  for i in range(60): subprocess.Popen(["sleep", "900"])
except BlockingIOError: print("no more")'`
  const { end, log } = await limited(t, { pids: 20 }, script)
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.match(log.text, /\nno more\n[\s\S]*\nLimit: met the limit of 20 processes/)
})

test('all limits at once are in force before the command begins', { skip: noLimits }, async (t) => {
  const { end, log } = await limited(t, all, 'exec 3</dev/null; cat /proc/self/cgroup; exit 0')
  assert.equal(end.outcome, 'succeeded', log.text)
  for (const { parent } of prepareLimits(all)) assert.ok(existsSync(join(parent, 'cgroup.procs')))
  const inside = log.text.split('\n').filter((line) => line.includes('/outstation-7.1.'))
  assert.ok(inside.length >= 1, log.text)
})

test('nobody else holds its output open at its end', { skip: noLimits }, async (t) => {
  let listened = 0
  const sleep: Clock['sleep'] = (ms, signal) => {
    if (ms === 100) listened += 1
    return systemClock.sleep(ms, signal)
  }
  await limited(t, { pids: 40 }, 'echo done', { clock: { ...systemClock, sleep } })
  assert.ok(listened < 20, 'the end of the pipe was seen, not taken from a silence')
})

test('nothing wanted: nothing in the way', () => {
  const { limits } = toRunnerConfig({ value: {}, env: { HOME: '/' } }).runner
  assert.deepEqual(prepareLimits(limits), [])
})

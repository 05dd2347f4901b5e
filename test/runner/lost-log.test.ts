/** A log that cannot be kept any more ends its attempt: with a reason, and with its slot free. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { ResultBody } from '../../broker/messages.ts'
import { systemClock } from '../../lib/clock.ts'
import type { JobEnd } from '../../runner/core/job-end.ts'
import { openSpool, type Spool } from '../../runner/disk/spool.ts'
import { Jobs, type JobsContext, type RunJob } from '../../runner/jobs.ts'
import { type RestoreContext, restoreLogs } from '../../runner/restore.ts'
import { id, job } from './core/machine.ts'
import { failNextSync } from './disk/bad-fsync.ts'
import { type Ears, ears, folder } from './disk/setup.ts'

const succeeded: JobEnd = {
  ...{ outcome: 'succeeded', exit_code: 0, signal: null, reason: null },
  ...{ commit_hash: null, commit_message: null },
}
const notKept = /^its log cannot be kept: .*\.spool: record 1 at byte \d+ is damaged/

interface World {
  parts: Pick<JobsContext, 'logs' | 'clock' | 'log'>
  until: Ears['until']
  spools: Spool[]
  /** The next fsync fails, and what the log held is gone. */
  lose(): Promise<void>
}

async function worldOf(t: TestContext): Promise<World> {
  const spools: Spool[] = []
  // Before the folder goes: what is damaged may still be on its way to another name.
  t.after(async () => {
    for (const spool of spools) await spool.close()
  })
  const dir = join(await folder(t), 'spool')
  const { log, until } = ears()
  const open = async (task: number, attempt: number) => {
    const spool = await openSpool(dir, task, attempt, { log, clock: systemClock, random: () => 0 })
    spools.push(spool)
    return spool
  }
  const lose = () =>
    failNextSync(t, () => {
      const [name = ''] = readdirSync(dir)
      const bytes = readFileSync(join(dir, name))
      bytes[bytes.indexOf('begun')] = 0
      writeFileSync(join(dir, name), bytes)
    })
  const logs = { open } as unknown as JobsContext['logs']
  return { parts: { logs, clock: systemClock, log }, until, spools, lose }
}

/** The result of the job that `runJob` runs, and how many run when it is told. */
async function run(world: World, runJob: RunJob, seconds = 0): Promise<[ResultBody, number]> {
  const results: ResultBody[] = []
  const jobs = new Jobs({
    ...world.parts,
    openPlace: () => undefined,
    runJob,
    onEnd: (_task, _attempt, result) => results.push(result),
    onAsked() {},
  })
  jobs.start(id.task, id.attempt, { ...job, max_duration_sec: seconds })
  await jobs.idle()
  const [result, ...more] = results
  assert.ok(result !== undefined && more.length === 0, `${results.length} ends`)
  return [result, jobs.size]
}

test('a job whose log is lost while it runs', async (t) => {
  const world = await worldOf(t)
  const [result, running] = await run(world, async (_job, { log }) => {
    await log.write(Buffer.from('begun\n'))
    await world.spools[0]?.flush()
    await world.lose()
    const writing = async () => {
      for (;;) {
        await log.write(Buffer.from('more\n'))
        await world.spools[0]?.flush()
      }
    }
    const { message } = await writing().catch((error) => error)
    return { ...succeeded, outcome: 'failed', reason: `the log cannot be written: ${message}` }
  })
  const { outcome, reason, chunks, bytes } = result
  assert.match(reason ?? '', /^the log cannot be written: .* is damaged$/, 'once is enough')
  assert.deepEqual([outcome, chunks, bytes, running], ['failed', 1, 6, 0])
})

test('a job that knows nothing of it, as it had written all', async (t) => {
  const world = await worldOf(t)
  const [{ outcome, exit_code, reason, chunks }] = await run(world, async (_job, { log }) => {
    await log.write(Buffer.from('begun\n'))
    await world.spools[0]?.flush()
    await world.lose()
    await log.write(Buffer.from('done\n'))
    return succeeded
  })
  assert.match(reason ?? '', notKept)
  assert.deepEqual([outcome, exit_code, chunks], ['failed', 0, 1])
})

test('a job that ran too long, and then loses its log: both are told, in a line that fits', async (t) => {
  const world = await worldOf(t)
  const runJob: RunJob = async (_job, { log, cancel }) => {
    await log.write(Buffer.from('begun\n'))
    await world.spools[0]?.flush()
    if (!cancel.aborted) await once(cancel, 'abort')
    await world.lose()
    return { ...succeeded, outcome: 'cancelled', reason: 'stopped on request' }
  }
  const [{ outcome, reason }] = await run(world, runJob, 0.01)
  assert.match(reason ?? '', notKept)
  assert.match(reason ?? '', /; ran longer than max_task_duration_sec allows: 0.01 s$/)
  assert.equal(outcome, 'failed')
})

async function restored(world: World, onInterrupted: RestoreContext['onInterrupted']) {
  const before = await world.parts.logs.open(id.task, id.attempt)
  await before.write(Buffer.from('begun\n'), 1)
  await before.flush()
  await before.close()
  const attempts = new Map([['7.1', { ...id, phase: 'started', result: undefined, at: 1 }]])
  const journal = { attempts } as unknown as Parameters<typeof restoreLogs>[0]
  const onEnded = () => assert.fail('it had not ended')
  return async () => restoreLogs(journal, { ...world.parts, onEnded, onInterrupted })
}

test('what an earlier process left, lost when its last line is written', async (t) => {
  const world = await worldOf(t)
  let interrupted: (result: ResultBody) => void = () => {}
  const ended = new Promise<ResultBody>((resolve) => {
    interrupted = resolve
  })
  const restore = await restored(world, (_task, _attempt, result) => interrupted(result))
  await world.lose()
  await restore()
  const { outcome, reason, chunks } = await ended
  assert.match(reason ?? '', notKept)
  assert.match(reason ?? '', /; Interrupted: the runner's process died while this task ran/)
  assert.deepEqual([outcome, chunks], ['interrupted', 1])
})

test('a runner that ends reports no end: the next start does', async (t) => {
  const world = await worldOf(t)
  const ends: ResultBody[] = []
  const restore = await restored(world, (_task, _attempt, result) => ends.push(result))
  await restore()
  await world.spools[1]?.close()
  await world.until('interrupted task not reported; the next start does')
  assert.deepEqual(ends, [])
})

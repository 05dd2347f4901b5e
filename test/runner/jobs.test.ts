import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { silentLog } from '../../lib/log.ts'
import { Jobs, type JobsContext } from '../../runner/jobs.ts'
import { id, job } from './core/machine.ts'

type Ended = Parameters<JobsContext['onEnd']>

function openJobs(open: () => Promise<unknown>) {
  const opened: string[] = []
  let over: (ended: Ended) => void = () => {}
  const ended = new Promise<Ended>((resolve) => {
    over = resolve
  })
  let runs = 0
  const jobs = new Jobs({
    openPlace: () => undefined,
    runJob: async () => {
      runs += 1
      throw new Error('nothing is to run')
    },
    logs: {
      open(task: number, attempt: number) {
        opened.push(`${task}.${attempt}`)
        return open()
      },
    } as unknown as JobsContext['logs'],
    onEnd: (...args) => over(args),
    onAsked() {},
    clock: systemClock,
    log: silentLog,
  })
  return { jobs, ended, opened, runs: () => runs }
}

test('a job whose log cannot be opened does not run, and ends with the reason', async () => {
  const { jobs, ended, runs } = openJobs(async () => {
    throw new AppError('unavailable', 'cannot open /spool: EIO')
  })
  jobs.start(id.task, id.attempt, job)
  const [task, attempt, { outcome, reason, chunks }] = await ended
  assert.deepEqual({ task, attempt }, id)
  const said = 'its log cannot be kept: cannot open /spool: EIO'
  assert.deepEqual([outcome, reason, chunks], ['failed', said, 0])
  assert.equal(runs(), 0)
  await jobs.idle()
})

test('what is prepared again, since its START was not written, is prepared once', async () => {
  const { jobs, opened } = openJobs(() => new Promise(() => {}))
  jobs.prepare(id.task, id.attempt, job)
  jobs.prepare(id.task, id.attempt, job)
  jobs.prepare(id.task, 2, job)
  assert.deepEqual(opened, ['7.1', '7.2'])
})

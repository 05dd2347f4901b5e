/** A program for tests that watch it from outside: runs the jobs that stdin gives, one after the other. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Job } from '../../../broker/job.ts'
import { systemClock } from '../../../lib/clock.ts'
import type { JobContext } from '../../../runner/job/context.ts'
import { runJob } from '../../../runner/job/run.ts'

interface Wish {
  job: Job
  settings: JobContext['settings']
}

const tmpPath = await mkdtemp(join(tmpdir(), 'outstation-jobs-'))
for (const { job, settings } of JSON.parse(await text(process.stdin)) as Wish[]) {
  const log: Uint8Array[] = []
  const end = await runJob(job, {
    ...{ tmpPath, settings, knownHosts: join(tmpPath, 'known_hosts'), clock: systemClock },
    log: { write: async (bytes) => void log.push(bytes) },
    cancel: new AbortController().signal,
    confirm: async () => true,
    random: () => 0,
  })
  process.stdout.write(`${JSON.stringify({ end, log: Buffer.concat(log).toString() })}\n`)
}

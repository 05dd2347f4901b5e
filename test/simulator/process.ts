/** What a task does: it prints for a while and ends, well or not, or is ended. */

import { encodeArtifact } from '../../broker/artifacts.ts'
import type { CancelCause, JobEnd } from '../../runner/core/job-end.ts'
import type { JobSink } from '../../runner/job/context.ts'
import { JobLog } from '../../runner/job/log.ts'
import { Masker } from '../../runner/job/mask.ts'
import { formsOf } from '../../runner/job/secrets.ts'
import type { RunJob } from '../../runner/jobs.ts'
import type { Life, Timeline } from '../kit/timeline.ts'
import type { Random } from './random.ts'

export interface ProcessParts {
  timeline: Timeline
  random: Random
  /** Of the runner. */
  life: Life
  /** A process was started. */
  onSpawn(task: number, attempt: number): void
  /** Masked bytes go to the log, or those of a file between them. */
  onPrint(task: number, attempt: number, bytes: Uint8Array): void
  onEnd(task: number, attempt: number, end: JobEnd): void
}

/** Never seen in any log. */
export const secret = 'correct horse battery staple'

/** How it prints: lines, the longest pause between them in ms, and the length of each. */
interface Manner {
  lines: number
  pause: number
  length: number
}

function mannerOf(random: Random): Manner {
  const dice = random.next()
  // Many records: more than the window holds.
  if (dice < 0.03) return { lines: random.int(60, 120), pause: 120, length: 0 }
  // Much log: more than the cap of the spool.
  if (dice < 0.06) return { lines: random.int(8, 14), pause: 400, length: 15_000 }
  return { lines: random.int(0, 5), pause: 6_000, length: 0 }
}

export function processes(parts: ProcessParts): RunJob {
  const { timeline, random, life } = parts
  return async (job, { log: sink, cancel }) => {
    const { id: task, attempt } = job.task
    parts.onSpawn(task, attempt)
    const write: JobSink['write'] = (bytes, part) => {
      parts.onPrint(task, attempt, bytes)
      return sink.write(bytes, part)
    }
    const log = new JobLog({ write }, Masker.of(formsOf([secret])))
    const killed = new Promise<'killed'>((resolve) => {
      const kill = () => {
        const { force } = cancel.reason as CancelCause
        timeline.after(force ? 0 : random.int(0, 10_000), () => resolve('killed'), life)
      }
      if (cancel.aborted) kill()
      else cancel.addEventListener('abort', kill, { once: true })
    })
    const pause = (ms: number) =>
      new Promise<'on'>((resolve) => timeline.after(ms, () => resolve('on'), life))
    const { lines, pause: longest, length } = mannerOf(random)
    let what: 'on' | 'killed' = 'on'
    for (let line = 0; line < lines && what === 'on'; line += 1) {
      what = await Promise.race([pause(random.int(0, longest)), killed])
      if (what === 'killed') break
      // The process waits in its own write while the log takes no more.
      await print(log, `${task}.${attempt} line ${line} `, length, random)
    }
    if (what === 'on') what = await Promise.race([pause(random.int(0, 3_000)), killed])
    if (random.chance(0.1)) {
      await bringFiles(write, random)
      await print(log, `${task}.${attempt} files `, 0, random)
    }
    await log.close()
    const end = endOf(what === 'killed' ? 'cancelled' : random.chance(0.7) ? 'succeeded' : 'failed')
    parts.onEnd(task, attempt, end)
    return end
  }
}

/** In two pieces, and sometimes with the secret on the seam. */
async function print(log: JobLog, text: string, length: number, random: Random): Promise<void> {
  const told = random.chance(0.1) ? `${secret}${text}` : text
  const line = Buffer.from(`${told}${'.'.repeat(length)}\n`)
  const seam = random.int(0, Math.min(line.length, 40))
  await log.write(line.subarray(0, seam))
  await log.write(line.subarray(seam))
}

/** One or two, the first one sometimes empty and sometimes more than a record. */
async function bringFiles(write: JobSink['write'], random: Random): Promise<void> {
  for (let count = random.int(1, 2); count > 0; count -= 1) {
    const bytes = random.of([0, random.int(1, 100), random.int(100, 40_000)])
    if (bytes > 0) await write(Buffer.alloc(bytes, 'file '), 'file')
    const told = { name: `file ${count}`, bytes, sha256: null, problem: 'simulated' }
    await write(encodeArtifact(told), 'artifact')
  }
}

function endOf(outcome: JobEnd['outcome']): JobEnd {
  return {
    outcome,
    exit_code: outcome === 'cancelled' ? null : Number(outcome === 'failed'),
    signal: null,
    reason: null,
    commit_hash: null,
    commit_message: null,
  }
}

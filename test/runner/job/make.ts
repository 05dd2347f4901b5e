/** What a job runs in, for tests; only what is interesting is named by the test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { AnsibleSummary } from '../../../broker/summary.ts'
import { systemClock } from '../../../lib/clock.ts'
import type { JobEnd } from '../../../runner/core/job-end.ts'
import type { JobContext } from '../../../runner/job/context.ts'
import { JobLog } from '../../../runner/job/log.ts'
import { Masker } from '../../../runner/job/mask.ts'
import { runJob } from '../../../runner/job/run.ts'
import { SecretFolder } from '../../../runner/job/secret-folder.ts'
import { formsOf } from '../../../runner/job/secrets.ts'
import { type JobChanges, makeJob } from '../../kit/job.ts'

export async function tempFolder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'outstation-job-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

/** A context whose clock does not wait and whose log is collected. */
export async function makeContext(t: TestContext, changes: Partial<JobContext> = {}) {
  const log = new Collected()
  const context: JobContext = {
    tmpPath: await tempFolder(t),
    knownHosts: join(await tempFolder(t), 'known_hosts'),
    settings: {},
    log,
    cancel: new AbortController().signal,
    confirm: async () => true,
    clock: systemClock,
    random: () => 0,
    ...changes,
  }
  return { context, log }
}

/** Runs a job whose repository holds these files, used in place. */
export async function runScript(
  t: TestContext,
  script: string,
  job: JobChanges = {},
  changes: Partial<JobContext> = {},
): Promise<{ end: JobEnd; log: Collected; context: JobContext }> {
  const folder = await tempFolder(t)
  const { writeFile } = await import('node:fs/promises')
  await writeFile(join(folder, 'run.sh'), script)
  const { context, log } = await makeContext(t, changes)
  const end = await runJob(makeJob({ ...job, repository: { git_url: folder } }), context)
  return { end, log, context }
}

/** The recap of a job of ansible. */
export function recapOf({ summary }: JobEnd): AnsibleSummary {
  if (summary?.kind === 'ansible') return summary
  throw new Error(`expected a recap, got ${JSON.stringify(summary)}`)
}

/** What checkOut and its like need beside a job and a context. */
export async function makeStep(t: TestContext, changes: Partial<JobContext> = {}) {
  const { context, log: sink } = await makeContext(t, changes)
  const secrets = SecretFolder.open(context.tmpPath)
  t.after(() => secrets.close())
  return { context, sink, secrets, log: new JobLog(sink, Masker.of(formsOf([]))) }
}

/** A sink that keeps all and can be waited on. */
export class Collected {
  readonly chunks: Uint8Array[] = []
  #waiting: (() => void)[] = []

  async write(bytes: Uint8Array): Promise<void> {
    this.chunks.push(bytes)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks)
  }

  get text(): string {
    return this.bytes.toString()
  }

  /** Resolves when the log holds this; returns the match. */
  async holds(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text)
      if (match) return match
      await new Promise<void>((wake) => this.#waiting.push(wake))
    }
  }
}

/** One attempt from its grant to its end: the only place that knows the order of the steps. */
import { realpath } from 'node:fs/promises'
import type { Job } from '../../broker/job.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import { CleanupStack } from '../../lib/stack.ts'
import type { CancelCause, JobEnd } from '../core/job-end.ts'
import type { Command } from './apps/app.ts'
import { appNamed } from './apps/index.ts'
import { collectArtifacts } from './artifacts.ts'
import { BerthStock } from './berth.ts'
import type { JobContext } from './context.ts'
import { childEnvironment } from './environment.ts'
import { isFull, makeRoom } from './full-disk.ts'
import { checkOut } from './git/checkout.ts'
import { installInventory } from './inventory.ts'
import { noIsolation } from './isolation.ts'
import { JobLog } from './log.ts'
import { markerName, newMarker } from './marker.ts'
import { Masker } from './mask.ts'
import { maskedEnd } from './masked-end.ts'
import { judge, outcomeOf, permission, stepper } from './outcome.ts'
import { openPlace } from './place.ts'
import { obey } from './policy.ts'
import { runProcess } from './process.ts'
import { secretForms } from './secrets.ts'

/** TERM to KILL of a cancelled task, ms. */
const defaultGrace = 10_000

interface Attempt {
  job: Job
  context: JobContext
  log: JobLog
  cleanup: CleanupStack
  /** What is known of the end before it has come. */
  known: Omit<JobEnd, 'outcome' | 'reason'>
  /** The top of the repository, once it is there. */
  folder?: string
}

/**
 * Runs a job to its end. Never throws: every failure is a JobEnd whose reason is a line of the log
 * too. When it resolves, no process of the job is left, no secret, and all of its log is written.
 */
export async function runJob(job: Job, context: JobContext): Promise<JobEnd> {
  const masker = Masker.of(secretForms(job))
  const log = new JobLog(context.log, masker)
  const cleanup = new CleanupStack()
  const known = { exit_code: null, signal: null, commit_hash: null, commit_message: null }
  const attempt: Attempt = { job, context, log, cleanup, known }

  let end = await outcomeOf(steps(attempt), context.cancel)
  const brought = artifacts(attempt).catch((error) => log.line(`Artifacts: ${lineOf(error)}`))
  const cleaned = brought.finally(() =>
    cleanup.close().catch((error) => log.line(`Cleaning up failed: ${lineOf(error)}`)),
  )
  try {
    await cleaned
    if (end.line !== null) await log.line(end.line)
    await log.close()
  } catch (error) {
    end = { outcome: 'failed', reason: `the log cannot be written: ${lineOf(error)}`, line: null }
  }
  const { outcome, reason } = end
  return maskedEnd({ ...attempt.known, outcome, reason }, masker)
}

async function steps(attempt: Attempt): Promise<void> {
  const { job, context, log, cleanup, known } = attempt
  const { tmpPath, settings, isolation = noIsolation, policy = {}, clock, cancel } = context
  const { user } = isolation
  await log.line(`Preparing: ${job.task.id}`)
  const step = stepper(cancel)
  await step('Refused', async () => obey(policy, job))
  const app = appNamed(job.app, settings.apps)
  const { workspace, secrets } = cleanup.use(context.place ?? openPlace(job, tmpPath, user))
  const berths = context.berths ?? cleanup.use(new BerthStock(secrets.path, user))
  const mark = newMarker(job)
  const marker = { [markerName]: mark }
  const keys = { secrets, marker: { [markerName]: `${mark}.keys` }, clock, signal: cancel }

  /** Undefined, or that the disk is full; it is no more once all has ended. */
  const noSpace = async () => {
    if (cancel.aborted || !(await isFull(workspace))) return undefined
    // At the end: until then an app may put something back in the work tree.
    cleanup.defer(() => makeRoom(workspace, user, log))
    return `no space was left on the disk of ${tmpPath}`
  }

  const sources = { job, context, log, ...keys }
  const { folder, commit } = await step('Failed updating repository', () =>
    checkOut({ ...sources, tree: workspace.tree }).catch(async (cause) => {
      const reason = await noSpace()
      throw reason === undefined ? cause : new AppError('unavailable', reason, { cause })
    }),
  )
  attempt.folder = folder
  known.commit_hash = commit?.hash ?? null
  known.commit_message = commit?.message ?? null

  const inventory = await step('Failed to install inventory', () =>
    installInventory(folder, sources),
  )
  cleanup.use(inventory)

  const { home, notes } = workspace
  const runner = { ...marker, ...inventory.env }
  const grace = context.graceMs ?? defaultGrace
  const execute = async (command: Command) => {
    const at = command.folder ?? folder
    const env = childEnvironment({ job, settings, folder: at, home, app: command.env, runner })
    const berth = await berths.take()
    const exit = await runProcess(command, {
      ...{ folder: at, env, isolation, marker: mark, berth, log, cancel, clock, grace },
    })
    known.exit_code = exit.code
    known.signal = exit.signal
    if (exit.code !== 0 && !exit.cancelled) exit.limit = (await noSpace()) ?? exit.limit
    judge(exit)
  }
  const input = { job, folder, home, notes, commit, inventory, secrets }
  await step('Running app failed', () =>
    app.run(
      { ...input, settings: settings.apps?.[job.app] ?? {}, policy },
      {
        run: (command) => step(command.failure, () => execute(command)),
        async confirm() {
          await log.line('Waiting for confirmation')
          known.exit_code = null
          await permission(context.confirm, cancel)
          await log.line('Confirmed')
        },
        note: (line) => log.line(line),
        report: (summary) => {
          known.summary = summary
        },
      },
    ),
  )
}

/** Whatever became of the task, unless it was stopped by force; a stop from now on ends this, too. */
async function artifacts({ job, context, log, folder }: Attempt): Promise<void> {
  const { cancel, settings, isolation } = context
  if (job.artifacts === undefined || folder === undefined) return
  const before = cancel.aborted
  await collectArtifacts({
    folder: await realpath(folder),
    wish: job.artifacts,
    own: settings.artifacts,
    user: isolation?.user,
    sink: context.log,
    log,
    stopped: () => (before ? (cancel.reason as CancelCause).force : cancel.aborted),
  })
}

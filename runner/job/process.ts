/**
 * One command as a process of its own session: stdin empty, stdout and stderr as one stream of raw
 * bytes into the log, the whole tree ended with it. A terminal only for a command that asks on one.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import type { Clock } from '../../lib/clock.ts'
import { AppError, systemCode } from '../../lib/errors.ts'
import type { CancelCause } from '../core/job-end.ts'
import type { Command } from './apps/app.ts'
import { type Berth, leave } from './berth.ts'
import { type Isolation, wrapped } from './isolation.ts'
import { LineReader } from './lines.ts'
import type { JobLog } from './log.ts'
import { OutputCopy } from './output-copy.ts'
import type { Process } from './proc.ts'
import { onTerminal, Terminal } from './terminal.ts'
import { ProcessTree } from './tree.ts'

export interface ProcessOptions {
  folder: string
  env: Record<string, string>
  isolation: Isolation
  marker: string
  berth: Berth
  log: JobLog
  cancel: AbortSignal
  clock: Clock
  /** TERM to KILL when the task is cancelled, ms. */
  grace: number
}

/** `code` or `signal` is null. `cancelled`: the cancel came before the end. */
export interface Exit {
  code: number | null
  signal: string | null
  cancelled: boolean
  /** What is said of the limit that it met; undefined = none. */
  limit?: string | undefined
}

/** TERM to KILL for what a command leaves running when it ends by itself, ms. */
const leftoverGrace = 2000

/**
 * Resolves when the command and all its descendants have ended and their output is in the log.
 * Throws AppError `tool` when it cannot be started or asked what nobody can answer, `internal` when it
 * cannot be ended, and what the log throws. The berth is used up.
 */
export async function runProcess(command: Command, options: ProcessOptions): Promise<Exit> {
  const { berth, clock, cancel, log, grace } = options
  const { pipe } = berth
  const tree = treeFor(options)
  const end = ender(tree)
  const stopGrace = () => ((cancel.reason as CancelCause | undefined)?.force ? 0 : grace)
  const stop = () => void end.begin(stopGrace)
  const lines = command.read && new LineReader(command.read)
  const output = new OutputCopy(pipe.reader, lines ? readBy(lines, log) : log)
  // A log that fails would leave the command blocked on a full pipe for ever.
  output.done.catch(() => void end.begin(() => 0))
  let terminal: Terminal | undefined
  try {
    terminal = command.answers && new Terminal(command.answers, log, clock)
    const exited = start(command, options, tree, terminal)
    pipe.closeWriter()
    for (const cause of [cancel, terminal?.unanswered]) {
      cause?.addEventListener('abort', stop, { once: true })
      if (cause?.aborted) stop()
    }
    const { code, signal } = await Promise.race([exited, end.failed])
    const cancelled = cancel.aborted
    const stopped = cancelled || terminal?.unanswered.aborted
    const left = await end.begin(() => leftoverGrace)
    if (!stopped) await tell(left, command, log)
    await output.drain(clock)
    lines?.end()
    if (!cancelled) terminal?.unanswered.throwIfAborted()
    const limit = tree.met
    if (limit !== undefined) await log.line(`Limit: ${limit}`)
    return { code, signal, cancelled, limit }
  } finally {
    cancel.removeEventListener('abort', stop)
    terminal?.close()
    leave(berth)
    tree.close()
  }
}

/** Without it there is no command. */
function treeFor({ berth, marker, clock, isolation }: ProcessOptions): ProcessTree {
  try {
    return new ProcessTree(marker, clock, isolation.limits)
  } catch (error) {
    leave(berth)
    throw error
  }
}

function readBy(lines: LineReader, log: JobLog): Pick<JobLog, 'write'> {
  return {
    write(bytes) {
      lines.push(bytes)
      return log.write(bytes)
    },
  }
}

type Ended = Omit<Exit, 'cancelled' | 'limit'>

function start(
  command: Command,
  options: ProcessOptions,
  tree: ProcessTree,
  terminal: Terminal | undefined,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = begin(command, options, terminal)
    if (child.pid !== undefined) letIn(child, child.pid, tree)
    child.once('error', (error) => reject(notStarted(command, systemCode(error))))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/** Holds a command back until it is told, by 3, that it is inside of its limits. */
const gate = ['/bin/sh', '-c', 'read -r _ <&3 && exec "$@" 3<&-', 'outstation-gate']

/** Throws, and nothing has begun, when it cannot be put into its limits. */
function letIn(child: ChildProcess, pid: number, tree: ProcessTree): void {
  try {
    tree.adopt(pid)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  const opener = child.stdio[3] as Writable | null | undefined
  opener?.on('error', () => {}).end('\n')
}

/** Without a shell by Node itself: of what execa adds nothing is used here, and it takes its time. */
function begin(
  command: Command,
  { folder, env, isolation, berth }: ProcessOptions,
  terminal: Terminal | undefined,
): ChildProcess {
  const { pipe, shell } = berth
  const limited = (isolation.limits ?? []).length > 0
  const wrapper = [
    ...(limited ? gate : []),
    ...(terminal ? onTerminal(limited ? 4 : 3, folder, env.PATH) : []),
    ...isolation.wrapper,
  ]
  const line = wrapped({ wrapper }, command, { folder, path: env.PATH })
  if (line === undefined) throw notStarted(command, 'ENOENT')
  const { program, args } = line
  // Whoever begins otherwise sends it away: it would hold the output open.
  if (limited || terminal) shell?.close()
  try {
    return (
      shell?.become({ program, args, folder, env }) ??
      spawn(program, args, {
        ...isolation.user,
        cwd: folder,
        env,
        detached: true,
        stdio: [
          ...(['ignore', pipe.writer, pipe.writer] as const),
          ...(limited ? (['pipe'] as const) : []),
          ...(terminal ? [terminal.fd] : []),
        ],
      })
    )
  } catch (error) {
    // Some failures are thrown, others told as an event.
    throw notStarted(command, systemCode(error))
  }
}

function notStarted({ program, fix }: Command, code: string | undefined): AppError {
  if (code === 'ENOENT')
    return new AppError('tool', `${program}: not found on this runner`, { fix })
  if (code === 'E2BIG') {
    return new AppError('tool', `${program}: its arguments are too long for this system`, {
      fix: 'keep large variables in files of the repository',
    })
  }
  return new AppError('tool', `${program}: cannot be started (${code ?? 'unknown error'})`)
}

/** Ends the tree once; the first cause decides the grace. */
function ender(tree: ProcessTree) {
  let ending: Promise<Process[]> | undefined
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  return {
    failed,
    begin(grace: () => number): Promise<Process[]> {
      if (!ending) {
        ending = tree.end(grace)
        ending.catch(fail)
      }
      return ending
    },
  }
}

/** A task that leaves daemons behind should know why they are gone. */
async function tell(left: Process[], { leaves = [] }: Command, log: JobLog): Promise<void> {
  const unexpected = left.filter(({ name }) => !leaves.includes(name))
  if (unexpected.length === 0) return
  const names = unexpected.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ')
  await log.line(`Ended what the command left running: ${names}`)
}

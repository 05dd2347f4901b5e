/** A short program of the runner's own (git, ssh-add, mkfifo): its output as text, its end as data. */
import { execa } from 'execa'
import { AppError } from '../../lib/errors.ts'
import type { TaskUser } from './isolation.ts'

export interface ToolOptions {
  env: Record<string, string>
  cwd?: string
  input?: string
  /** As whom it runs; undefined = as the runner. */
  user?: TaskUser | undefined
  /** Ends the program and all that it started in its process group. */
  signal?: AbortSignal
  /** What to do when the program is not there. */
  fix: string
}

export interface ToolResult {
  ok: boolean
  stdout: string
  stderr: string
}

const maxOutput = 16 * 1024 * 1024

/** Throws AppError `tool` when the program is missing, and the signal's reason when it is aborted. */
export async function runTool(
  program: string,
  args: readonly string[],
  { env, cwd, input = '', user, signal, fix }: ToolOptions,
): Promise<ToolResult> {
  signal?.throwIfAborted()
  const child = execa(program, args, {
    env,
    extendEnv: false,
    detached: true,
    reject: false,
    input,
    maxBuffer: maxOutput,
    ...(cwd === undefined ? {} : { cwd }),
    ...user,
  })
  const stop = () => child.pid && killGroup(child.pid)
  signal?.addEventListener('abort', stop, { once: true })
  const result = await child
  signal?.removeEventListener('abort', stop)
  signal?.throwIfAborted()
  if (result.code === 'ENOENT') {
    throw new AppError('tool', `${program}: not found on this runner`, { fix })
  }
  return { ok: !result.failed, stdout: result.stdout, stderr: result.stderr }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It has ended by itself.
  }
}

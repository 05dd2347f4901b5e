/** A short program of this one's own (git, ssh-add, mkfifo): its output as text, its end as data. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { AppError, systemCode } from './errors.ts'

export interface ToolOptions {
  env: Record<string, string>
  cwd?: string
  input?: string
  /** As whom it runs; undefined = as this process. */
  user?: { uid: number; gid: number } | undefined
  /** Ends the program and all that it started in its process group. */
  signal?: AbortSignal
  /** Of stdout and of stderr, bytes; more ends the program. 16 MiB unless it is said. */
  maxOutput?: number
  /** What to do when the program is not there. */
  fix: string
}

export interface ToolResult {
  ok: boolean
  stdout: string
  stderr: string
}

/** Throws AppError `tool` when the program is missing, and the signal's reason when it is aborted. */
export async function runTool(
  program: string,
  args: readonly string[],
  { env, cwd, input = '', user, signal, maxOutput = 16 * 1_048_576, fix }: ToolOptions,
): Promise<ToolResult> {
  signal?.throwIfAborted()
  const where = cwd === undefined ? {} : { cwd }
  const child = spawn(program, args, { env, detached: true, stdio: 'pipe', ...where, ...user })
  const stop = () => child.pid && killGroup(child.pid)
  signal?.addEventListener('abort', stop, { once: true })
  // It may end without reading what it is given.
  child.stdin.on('error', () => {}).end(input)
  const [stdout, stderr] = [child.stdout, child.stderr].map((pipe) => gather(pipe, maxOutput, stop))
  try {
    const code = await endOf(child)
    signal?.throwIfAborted()
    return { ok: code === 0, stdout: stdout?.() ?? '', stderr: stderr?.() ?? '' }
  } catch (error) {
    signal?.throwIfAborted()
    if (systemCode(error) !== 'ENOENT') throw error
    throw new AppError('tool', notFound(program), { fix })
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

export const notFound = (program: string) => `${program}: not found on this machine`

async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'close')
  return code
}

/** @returns what has come so far */
function gather(pipe: NodeJS.ReadableStream, most: number, stop: () => void): () => string {
  const parts: Buffer[] = []
  let size = 0
  pipe.on('data', (part: Buffer) => {
    size += part.length
    if (size > most) stop()
    else parts.push(part)
  })
  return () => Buffer.concat(parts).toString()
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It has ended by itself.
  }
}

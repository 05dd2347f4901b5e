/** The command line of Outstation as one would use it: each command a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Terminal } from './terminal.ts'

/** `outstation` without having installed it. */
export const program = [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
  join(import.meta.dirname, '../../cli.ts'),
] as const

export interface OutstationContext {
  /** Where it is run: paths in commands and configurations count from here. */
  folder: string
  /** A file for what the processes that stay say. */
  log: string
  terminal: Terminal
  /** Aborted: nothing is started any more. */
  signal: AbortSignal
  /** Called when a process that was to stay has ended. */
  fail(error: Error): void
}

export interface RunOptions {
  /** For its standard input. */
  input?: string
  env?: Record<string, string>
  /** Gets each line that it prints, at once. */
  onLine?: (line: string) => void
}

/** What a process that stays has to say about itself: an event of its log. */
export type Said = Record<string, string | number>

/** How long a process gets to end after the first and after the second SIGTERM, ms. */
const patience = [2_000, 15_000]

export class Outstation {
  readonly #context: OutstationContext
  readonly #children = new Set<ChildProcess>()
  #closing = false

  constructor(context: OutstationContext) {
    this.#context = context
    process.once('exit', () => this.#kill())
  }

  /** Runs a command to its end. @returns what it printed. @throws AppError with what it says */
  async run(args: string[], { input = '', env = {}, onLine }: RunOptions = {}): Promise<string> {
    const child = this.#spawn(args, env)
    child.stdin?.on('error', () => {}).end(input)
    const printed: string[] = []
    const complaints: string[] = []
    const ended = once(child, 'close')
    eachLine(child.stdout, (line) => {
      printed.push(line)
      if (!this.#closing) onLine?.(line)
    })
    eachLine(child.stderr, (line) => complaints.push(line))
    await ended
    if (child.exitCode === 0) return printed.join('\n')
    const reason = complaints.at(-1) ?? `ended with ${child.signalCode ?? child.exitCode}`
    throw new AppError('conflict', reason.replace(/^outstation: /, ''))
  }

  /** Starts a command that stays. @returns the `event` by which it says that it is ready */
  async start(args: string[], event: string): Promise<Said> {
    const { log, fail } = this.#context
    const name = String(args[0])
    const child = this.#spawn(args, {})
    return await new Promise<Said>((resolve, reject) => {
      const hear = (line: string) => {
        appendFileSync(log, `${name.padEnd(6)} ${line}\n`, { mode: 0o600 })
        const said = parse(line)
        if (said?.event === event) resolve(said)
      }
      eachLine(child.stdout, hear)
      eachLine(child.stderr, hear)
      child.once('close', (code, signal) => {
        if (this.#closing) return
        const error = new AppError('unavailable', `the ${name} ended with ${signal ?? code}`)
        reject(error)
        fail(error)
      })
    })
  }

  /** Ends what still runs, the youngest first: a runner can deliver only while there is a server. */
  async close(): Promise<void> {
    this.#closing = true
    for (const child of [...this.#children].reverse()) {
      const ended = once(child, 'close')
      for (const ms of patience) {
        if (!this.#children.has(child)) break
        child.kill('SIGTERM')
        await Promise.race([ended, systemClock.sleep(ms)])
      }
      if (this.#children.has(child)) child.kill('SIGKILL')
    }
  }

  #spawn(args: string[], env: Record<string, string>): ChildProcess {
    const { folder, signal, terminal } = this.#context
    signal.throwIfAborted()
    const [node, ...script] = program
    // Detached: a Ctrl-C in this terminal is for the demo, which then ends these in their order.
    const child = spawn(node, [...script, ...args], {
      cwd: folder,
      detached: true,
      stdio: 'pipe',
      env: {
        ...process.env,
        ...(terminal.colour ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
        ...env,
      },
    })
    this.#children.add(child)
    child.once('close', () => this.#children.delete(child))
    child.once('error', (error) => this.#context.fail(error))
    return child
  }

  #kill(): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}

function eachLine(stream: NodeJS.ReadableStream | null, hear: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', hear)
}

function parse(line: string): Said | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

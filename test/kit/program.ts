/** `outstation ...` as a real process whose JSON log is waited upon, event by event. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../..')

export interface LogEvent {
  event: string
  level: string
  [field: string]: unknown
}

export class Program {
  readonly #args: string[]
  readonly #env: Record<string, string>
  #child: ChildProcess | undefined
  #waiting: { matches(event: LogEvent): boolean; resolve(event: LogEvent): void }[] = []
  /** Everything logged since the last start. */
  events: LogEvent[] = []
  /** What was printed and is no JSON. */
  other: string[] = []

  constructor(args: string[], env: Record<string, string> = {}) {
    this.#args = args
    this.#env = env
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Starts the process; resolves when it logs `event`, rejects when it ends before. */
  async start(event: string): Promise<LogEvent> {
    this.events = []
    this.other = []
    const child = spawn(process.execPath, ['--import', 'tsx', 'cli.ts', ...this.#args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => {
        this.#take(line)
      })
    }
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`${this.#args.join(' ')}: ended with ${signal ?? code}\n${this.tail()}`)
    })
    ended.catch(() => {})
    return Promise.race([this.logged((one) => one.event === event), ended])
  }

  /** The first event, past or to come, that matches. */
  logged(matches: (event: LogEvent) => boolean): Promise<LogEvent> {
    const past = this.events.find(matches)
    if (past !== undefined) return Promise.resolve(past)
    return new Promise((resolve) => this.#waiting.push({ matches, resolve }))
  }

  /** Sends a signal and waits for the end. @returns exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      return child?.exitCode ?? child?.signalCode ?? 0
    }
    const exit = once(child, 'exit')
    child.kill(signal)
    const [code, by] = await exit
    return code ?? by
  }

  /** Waits for an end that comes by itself. */
  async ended(): Promise<number | NodeJS.Signals> {
    const child = this.#child
    if (child === undefined) return 0
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode ?? child.signalCode ?? 0
  }

  /** The last lines, for the message of a failed test. */
  tail(): string {
    return [...this.other, ...this.events.map((event) => JSON.stringify(event))]
      .slice(-20)
      .join('\n')
  }

  #take(line: string): void {
    let event: LogEvent
    try {
      event = JSON.parse(line)
    } catch {
      this.other.push(line)
      return
    }
    this.events.push(event)
    this.#waiting = this.#waiting.filter(({ matches, resolve }) => {
      if (!matches(event)) return true
      resolve(event)
      return false
    })
  }
}

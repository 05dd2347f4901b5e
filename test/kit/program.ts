/** `outstation ...` as a real process whose JSON log is waited upon, event by event. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../..')
/** Nothing that a test waits for takes so long; then it fails, and says what was logged instead. */
const patienceMs = 60_000

export interface LogEvent {
  event: string
  level: string
  [field: string]: unknown
}

type Matches = (event: LogEvent) => boolean

export class Program {
  /** How node starts it: from its sources, unless a benchmark has it compiled. */
  static entry: readonly string[] = ['--import', 'tsx', 'cli.ts']
  readonly #args: string[]
  readonly #ready: string
  /** Beside this process's own; counts from the next start. */
  env: Record<string, string>
  /** A command that runs it, such as `strace -f`; counts from the next start. */
  wrap: readonly string[] = []
  #child: ChildProcess | undefined
  #listeners = new Set<(event: LogEvent) => void>()
  /** Everything logged since the last start. */
  events: LogEvent[] = []
  /** Every line printed, whatever it is, of all starts. */
  readonly lines: string[] = []

  /** @param ready the event that says that it is up */
  constructor(args: string[], ready: string, env: Record<string, string> = {}) {
    this.#args = args
    this.#ready = ready
    this.env = env
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Starts the process; resolves when it is up, rejects when it ends before. */
  async start(): Promise<void> {
    const ended = this.launch().then((code) => {
      throw new Error(`${this.#args.join(' ')}: ended with ${code}\n${this.tail()}`)
    })
    ended.catch(() => {})
    await Promise.race([this.logged(this.#ready), ended])
  }

  /** Resolves when it is up: at once, or when it has been started again. */
  async up(): Promise<void> {
    const { exitCode, signalCode } = this.#child ?? { exitCode: 0, signalCode: null }
    const lives = exitCode === null && signalCode === null
    if (!lives || !this.events.some(matcher(this.#ready, {}))) await this.next(this.#ready)
  }

  /** Starts the process. @returns its end, as `end` does */
  launch(): Promise<number | NodeJS.Signals> {
    this.events = []
    const words = [...this.wrap, process.execPath, ...Program.entry, ...this.#args]
    const child = spawn(words[0] as string, words.slice(1), {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => {
        this.#take(line)
      })
    }
    return this.ended()
  }

  /** The first event, past or to come, of this name (and with these fields). */
  logged(event: string, fields: Record<string, unknown> = {}): Promise<LogEvent> {
    const matches = matcher(event, fields)
    const past = this.events.find(matches)
    return past === undefined ? this.#next(matches, event) : Promise.resolve(past)
  }

  /** The next event of this name, whatever came before. */
  next(event: string, fields: Record<string, unknown> = {}): Promise<LogEvent> {
    return this.#next(matcher(event, fields), event)
  }

  /** Sends a signal, without waiting for what comes of it. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** Sends a signal and waits for the end. @returns exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.signal(signal)
    return this.ended()
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
    return this.lines.slice(-20).join('\n')
  }

  #next(matches: Matches, what: string): Promise<LogEvent> {
    return new Promise((resolve, reject) => {
      const listener = (event: LogEvent) => {
        if (!matches(event)) return
        this.#listeners.delete(listener)
        clearTimeout(timer)
        resolve(event)
      }
      const timer = setTimeout(() => {
        this.#listeners.delete(listener)
        reject(new Error(`${this.#args.join(' ')}: never logged "${what}", but\n${this.tail()}`))
      }, patienceMs)
      timer.unref()
      this.#listeners.add(listener)
    })
  }

  #take(line: string): void {
    this.lines.push(line)
    let event: LogEvent
    try {
      event = JSON.parse(line)
    } catch {
      return
    }
    this.events.push(event)
    for (const listener of this.#listeners) listener(event)
  }
}

function matcher(event: string, fields: Record<string, unknown>): Matches {
  const wanted = Object.entries({ event, ...fields })
  return (one) => wanted.every(([name, value]) => one[name] === value)
}

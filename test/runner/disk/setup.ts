/** What the tests of the disk share: a folder, a log that is listened to, a clock that is told. */
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Clock } from '../../../lib/clock.ts'
import { createLog, type Log } from '../../../lib/log.ts'

export async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'outstation-disk-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

export interface Ears {
  log: Log
  /** Events so far. */
  heard: string[]
  /** Resolves when `event` was logged, before or after. */
  until(event: string): Promise<void>
}

export function ears(): Ears {
  const heard: string[] = []
  const emitter = new EventEmitter()
  const write = (line: string) => {
    const { event } = JSON.parse(line)
    heard.push(event)
    emitter.emit(event)
  }
  const until = async (event: string) => {
    if (!heard.includes(event)) await once(emitter, event)
  }
  return { log: createLog({ write, format: 'json', level: 'debug' }), heard, until }
}

/** Stands still until `pass` is called. */
export function handClock(): Clock & { pass(ms: number): void } {
  let time = 0
  let sleepers: { until: number; wake(): void }[] = []
  return {
    now: () => 1_700_000_000_000 + time,
    monotonic: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push({ until: time + ms, wake: resolve })
        signal?.addEventListener('abort', () => reject(signal.reason))
      }),
    pass(ms) {
      time += ms
      for (const { wake } of sleepers.filter(({ until }) => until <= time)) wake()
      sleepers = sleepers.filter(({ until }) => until > time)
    },
  }
}

export interface Child {
  /** What it has printed so far, a line each. */
  lines: string[]
  /** Resolves when `count` lines were printed. */
  printed(count: number): Promise<void>
  kill(): Promise<void>
  ended: Promise<number | null>
}

/** Runs a file of this folder as a process of its own, in `wrapper` if that is given. */
export function run(t: TestContext, file: string, args: string[], wrapper: string[] = []): Child {
  const node = [process.execPath, '--import', 'tsx', join(import.meta.dirname, file), ...args]
  const [program, ...rest] = [...wrapper, ...node] as [string, ...string[]]
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const more = new EventEmitter()
  let partial = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (partial + text).split('\n')
    partial = parts.pop() ?? ''
    lines.push(...parts)
    more.emit('more')
  })
  const ended = once(child, 'close').then(([code]) => {
    more.emit('more')
    return code as number | null
  })
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(kill)
  const printed = async (count: number) => {
    while (lines.length < count && child.exitCode === null) await once(more, 'more')
  }
  return { lines, printed, kill, ended }
}

/** The program as a person runs it: a process of its own, from the sources or compiled. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const root = join(import.meta.dirname, '../..')

export interface Run {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  /** Standard input; nothing = at its end at once. */
  input?: string
  env?: Record<string, string>
  /** How node is to run the program; the sources by default. */
  program?: readonly string[]
}

const sources = ['--import', 'tsx', join(root, 'cli.ts')]

export async function outstation(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = start(args, options)
  child.stdin.end(options.input ?? '')
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { code, stdout, stderr }
}

export function start(
  args: readonly string[],
  { env = {}, program = sources }: RunOptions = {},
): ChildProcessWithoutNullStreams {
  const { PATH = '', HOME = '' } = process.env
  return spawn(process.execPath, [...program, ...args], { cwd: root, env: { PATH, HOME, ...env } })
}

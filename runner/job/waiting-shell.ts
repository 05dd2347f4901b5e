/**
 * A shell that is there before its command is known, and then becomes it. To fork a runner of a hundred
 * megabytes takes several ms, which a task that begins should not wait for: it is done while nothing
 * runs. There is nothing of a job in it until its orders come; without this process it has none, and ends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { TaskUser } from './isolation.ts'
import { isThere } from './program.ts'

/** A command as the operating system takes it. */
export interface Orders {
  program: string
  args: readonly string[]
  /** Its working directory. */
  folder: string
  env: Readonly<Record<string, string>>
}

/** What the kernel takes at once of a stream between processes; longer orders are not given, bytes. */
const longest = 65_536

export class WaitingShell {
  readonly #child: ChildProcess

  /** @param output a file descriptor, its stdout and stderr */
  constructor(output: number, user?: TaskUser) {
    this.#child = spawn('/bin/sh', [], {
      ...user,
      argv0: 'outstation: waits for a command',
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', output, output],
    })
    // It may be killed while it waits: then it is not taken.
    this.#child.on('error', () => {})
    this.#child.stdin?.on('error', () => {})
  }

  /**
   * The shell as the process of this command: the same process id, session and output, an empty stdin.
   * @returns undefined for what a shell cannot be told, or would fail at in words of its own: a
   *   variable whose name is none for it, a program that is not there; then it is gone
   */
  become(orders: Orders): ChildProcess | undefined {
    const text = this.#waits && isTellable(orders) ? scriptOf(orders) : ''
    this.#child.stdin?.end(text)
    return text === '' ? undefined : this.#child
  }

  close(): void {
    this.#child.stdin?.end()
  }

  get #waits(): boolean {
    const { pid, exitCode, signalCode, stdin } = this.#child
    return pid !== undefined && exitCode === null && signalCode === null && stdin?.writable === true
  }
}

/** Names that some shell keeps for itself, and refuses to have set. */
const reserved = /^(E?UID|PPID|SHELLOPTS|BASHOPTS|BASH_\w+|OPTIND|LINENO|RANDOM|SECONDS|_)$/

function isTellable({ program, args, folder, env }: Orders): boolean {
  const names = Object.keys(env)
  const words = [...args, ...names, ...Object.values(env)]
  const length = words.reduce((sum, word) => sum + 2 * word.length, 0)
  return (
    names.every((name) => /^[A-Za-z_]\w*$/.test(name) && !reserved.test(name)) &&
    length < longest / 2 &&
    isThere(program, folder, env.PATH ?? '')
  )
}

/** `cd` leaves a variable behind, and some shells bring one along: the command gets `env` alone. */
function scriptOf({ program, args, folder, env }: Orders): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`)
  return [
    `cd ${quoted(folder)}`,
    'unset OLDPWD PWD SHLVL',
    ...(variables.length > 0 ? [`export ${variables.join(' ')}`] : []),
    `exec ${[program, ...args].map(quoted).join(' ')} </dev/null\n`,
  ].join(' && ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

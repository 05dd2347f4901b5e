/** A process that stays, as a person has it in a terminal: its words, and Ctrl-C. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export class Daemon {
  readonly #child: ChildProcess
  #lines: string[] = []

  /** @param commands of bash; the last of them is what stays */
  constructor(commands: string, options: { cwd: string; env: Record<string, string> }) {
    const stdio = ['ignore', 'ignore', 'pipe'] as const
    this.#child = spawn('bash', ['-c', commands], { ...options, stdio: [...stdio] })
  }

  /** Waits for a line on stderr. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const input = this.#child.stderr as NodeJS.ReadableStream
    for await (const line of createInterface({ input })) {
      this.#lines.push(line)
      const match = pattern.exec(line)
      if (match === null) continue
      input.resume()
      return match
    }
    throw new Error(`expected ${pattern}, got\n${this.#lines.join('\n')}`)
  }

  /** Ctrl-C, which a terminal tells the shell and what it runs. */
  async interrupt(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    spawnSync('pkill', ['-INT', '-P', String(child.pid)])
    child.kill('SIGINT')
    const [code, signal] = await exit
    assert.equal(signal ?? code, 0)
  }
}

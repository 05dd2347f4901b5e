/** Where the demo takes place: a folder, a terminal, a command line; and how it ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lineOf } from '../../lib/errors.ts'
import { CleanupStack } from '../../lib/stack.ts'
import { Outstation } from './outstation.ts'
import { Terminal } from './terminal.ts'

export interface Stage {
  /** Holds every file of the demo; removed at the end. */
  folder: string
  terminal: Terminal
  outstation: Outstation
  /** Aborted when the demo is to end before its time. */
  signal: AbortSignal
  /** Closes `part` at the end, the last one first. */
  use<T extends { close(): unknown }>(part: T): T
}

export interface StageOptions {
  /** After the play, stay until Ctrl-C. */
  stay: boolean
}

/**
 * Plays, and leaves nothing behind: no process, no folder. Only after a failure the log stays.
 * @returns the exit code: 0; 1 after a failure, which is told; 130 when stopped in the middle
 */
export async function onStage(
  { stay }: StageOptions,
  play: (stage: Stage) => Promise<void>,
): Promise<number> {
  const curtain = new AbortController()
  const { signal } = curtain
  const stopped = new Error('stopped')
  const stop = () => curtain.abort(stopped)
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, stop)
  process.stdout.on('error', stop)

  const folder = mkdtempSync(join(tmpdir(), 'outstation-demo-'))
  const log = `${folder}.log`
  const stack = new CleanupStack()
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const terminal = new Terminal(process.stdout, process.env)
  const fail = (error: Error) => curtain.abort(error)
  const outstation = stack.use(new Outstation({ folder, log, terminal, signal, fail }))
  const use: Stage['use'] = (part) => stack.use(part)

  const over = rejectionOf(signal)
  let failure: unknown
  try {
    await Promise.race([play({ folder, terminal, outstation, signal, use }), over])
    if (stay) await over.catch(unless(stopped))
  } catch (error) {
    failure = error
  }
  await stack.close().catch((error) => {
    failure ??= error
  })
  if (failure === undefined || failure === stopped) rmSync(log, { force: true })
  if (stay && failure === undefined) terminal.part('Ended; nothing of it is left')
  if (failure === undefined) return 0
  if (failure === stopped) return 130
  process.stderr.write(`demo: ${lineOf(failure)}; what server and runner logged: ${log}\n`)
  return 1
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  const rejection = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  rejection.catch(() => {})
  return rejection
}

function unless(expected: unknown): (error: unknown) => void {
  return (error) => {
    if (error !== expected) throw error
  }
}

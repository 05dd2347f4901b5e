/**
 * A real pipe for a child's output. What Node calls 'pipe' is a socket pair: `echo x > /dev/stderr`
 * fails on it, and two of them lose the order of stdout and stderr. Node can make no pipe of its
 * own, so a named one is made, opened at both ends and unlinked.
 */
import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import { nonce } from '../../lib/ids.ts'
import { runTool } from './tool.ts'

export interface OutputPipe {
  /** Ends when the last holder of the other end has gone. */
  reader: Socket
  /** For the child, as stdout and stderr. */
  writer: number
  /** Closes this process's copy of the child's end: after the spawn, or when there is none. */
  closeWriter(): void
}

/** `folder` must be private to this user. */
export async function openPipe(folder: string): Promise<OutputPipe> {
  const path = join(folder, `output-${nonce()}`)
  const env = { PATH: process.env.PATH ?? '' }
  const made = await runTool('mkfifo', ['-m', '600', path], { env, fix: 'install coreutils' })
  if (!made.ok) throw new AppError('internal', `mkfifo failed: ${made.stderr.trim()}`)
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(path, constants.O_WRONLY)
  unlinkSync(path)
  let open = true
  return {
    reader: new Socket({ fd: readEnd, readable: true, writable: false }),
    writer,
    closeWriter() {
      if (open) closeSync(writer)
      open = false
    },
  }
}

/** One pipe is made while the repository is fetched, so that the first command need not wait. */
export class PipeStock {
  readonly #folder: string
  #ready: Promise<OutputPipe> | undefined

  constructor(folder: string) {
    this.#folder = folder
    this.#ready = openPipe(folder)
    this.#ready.catch(() => {})
  }

  take(): Promise<OutputPipe> {
    const pipe = this.#ready ?? openPipe(this.#folder)
    this.#ready = undefined
    return pipe
  }

  async close(): Promise<void> {
    const pipe = await this.#ready?.catch(() => undefined)
    pipe?.closeWriter()
    pipe?.reader.destroy()
  }
}

/**
 * A real pipe for a child's output. What Node calls 'pipe' is a socket pair: `echo x > /dev/stderr`
 * fails on it, and two of them lose the order of stdout and stderr. Node can make no pipe of its
 * own, so a named one is made, opened at both ends and unlinked.
 */
import { closeSync, constants, fchownSync, openSync, unlinkSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import { nonce } from '../../lib/ids.ts'
import { runTool } from '../../lib/tool.ts'
import type { TaskUser } from './isolation.ts'

export interface OutputPipe {
  /** Ends when the last holder of the other end has gone. */
  reader: Socket
  /** For the child, as stdout and stderr. */
  writer: number
  /** Closes this process's copy of the child's end: after the spawn, or when there is none. */
  closeWriter(): void
}

/**
 * `folder` must be this user's, or sticky as /tmp is. The pipe is the task's user's: who writes to
 * /dev/stdout opens it anew.
 */
export async function openPipe(folder: string, user?: TaskUser): Promise<OutputPipe> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `output-${nonce()}`)
  const env = { PATH: process.env.PATH ?? '' }
  const made = await runTool('mkfifo', ['-m', '600', path], { env, fix: 'install coreutils' })
  if (!made.ok) {
    throw new AppError('internal', `mkfifo failed: ${made.stderr.trim()}`, {
      fix: `see that ${folder} has space, and a file system that has named pipes`,
    })
  }
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(path, constants.O_WRONLY)
  unlinkSync(path)
  if (user) fchownSync(writer, user.uid, user.gid)
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

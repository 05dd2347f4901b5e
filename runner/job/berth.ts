/**
 * Where a command begins: the pipe for its output, and a shell that waits to become it. Both cost a
 * process, which a task that starts should not wait for, so they are made ahead. One stock serves all
 * jobs of a runner; the next berth is made when one has served, not while its task begins: to start two
 * processes at once costs that task as long as to wait.
 */
import type { TaskUser } from './isolation.ts'
import { type OutputPipe, openPipe } from './pipe.ts'
import { WaitingShell } from './waiting-shell.ts'

export interface Berth {
  pipe: OutputPipe
  /** undefined where it was made at the last moment: to start a shell would only take longer. */
  shell: WaitingShell | undefined
}

/** Whatever came of it: nothing of it stays open. */
export function leave({ pipe, shell }: Berth): void {
  shell?.close()
  pipe.closeWriter()
  pipe.reader.destroy()
}

export class BerthStock {
  readonly #folder: string
  readonly #user: TaskUser | undefined
  #ready: Promise<Berth> | undefined
  #closed = false

  /**
   * @param folder this user's, or sticky as /tmp is
   * @param user who will be the commands' user; undefined = this one
   */
  constructor(folder: string, user?: TaskUser) {
    this.#folder = folder
    this.#user = user
    this.#fill()
  }

  /** Whoever takes a berth uses up its shell and leaves it. */
  async take(): Promise<Berth> {
    const ready = this.#ready
    this.#ready = undefined
    // Of a disk that was full when it was made ahead, hours ago, a task is not to hear.
    const made = await ready?.catch(() => undefined)
    const berth = made ?? { pipe: await this.#pipe(), shell: undefined }
    berth.pipe.reader.once('close', () => this.#fill())
    return berth
  }

  async close(): Promise<void> {
    this.#closed = true
    const berth = await this.#ready?.catch(() => undefined)
    this.#ready = undefined
    if (berth !== undefined) leave(berth)
  }

  #pipe(): Promise<OutputPipe> {
    return openPipe(this.#folder, this.#user)
  }

  #fill(): void {
    if (this.#closed || this.#ready !== undefined) return
    this.#ready = this.#pipe().then((pipe) => {
      return { pipe, shell: new WaitingShell(pipe.writer, this.#user) }
    })
    this.#ready.catch(() => {})
  }
}

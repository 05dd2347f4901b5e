/**
 * The files that a task is to bring back, taken once its tool has ended, however it ended. They go the way
 * of its log, and are not masked. What cannot be taken is named with the reason, and fails no task.
 */
import {
  type Artifact,
  type ArtifactWish,
  encodeArtifact,
  longestName,
  mostFiles,
} from '../../broker/artifacts.ts'
import type { ArtifactLimits, JobSink } from './context.ts'
import { type FoundFile, findFiles } from './find-files.ts'
import { Glob } from './glob.ts'
import type { TaskUser } from './isolation.ts'
import type { JobLog } from './log.ts'
import { NotTaken, openFile } from './take-file.ts'

export interface Collecting {
  /** The top of the repository, as a real path. */
  folder: string
  wish: ArtifactWish
  /** What this runner allows, if that is less. */
  own: ArtifactLimits | undefined
  user: TaskUser | undefined
  sink: JobSink
  log: JobLog
  /** Then nothing more is taken. */
  stopped(): boolean
}

/** Throws only what the log throws. */
export async function collectArtifacts(collecting: Collecting): Promise<void> {
  try {
    await new Collector(collecting).run()
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
    await collecting.log.line('Artifacts: no more of them, since the task was stopped')
  }
}

class Stopped extends Error {}

class Collector {
  readonly #given: Collecting
  readonly #limits: { file: number; total: number; files: number }
  /** Bytes that went out, those of files that did not come whole included. */
  #sent = 0
  readonly #whole = { files: 0, bytes: 0 }

  constructor(given: Collecting) {
    this.#given = given
    this.#limits = limitsOf(given.wish, given.own)
  }

  async run(): Promise<void> {
    const { wish, log } = this.#given
    const globs = wish.globs.map((text) => new Glob(text))
    const { found, all } = await this.#find(globs)
    for (const file of found) await this.#bring(file)
    const met = new Set(found.flatMap(({ globs }) => globs))
    const problem = all ? 'no file matches' : `over ${this.#limits.files} files match`
    for (const { text } of globs.filter((glob) => !met.has(glob))) {
      await this.#tell({ name: text, bytes: 0, sha256: null, problem })
    }
    const { files, bytes } = this.#whole
    await log.line(`Artifacts: ${files === 1 ? '1 file' : `${files} files`}, ${bytes} bytes`)
  }

  /** No more than may be brought, by their names. */
  async #find(globs: readonly Glob[]): Promise<{ found: FoundFile[]; all: boolean }> {
    const { folder, log } = this.#given
    const { files } = this.#limits
    const found: FoundFile[] = []
    let all = true
    for await (const file of findFiles(folder, globs)) {
      this.#goOn()
      all = found.length < files
      if (!all) break
      found.push(file)
    }
    if (!all) await log.line(`Artifacts: more than ${files} files match; the others are left out`)
    return { found: found.sort((a, b) => (a.name < b.name ? -1 : 1)), all }
  }

  async #bring({ name, path, problem }: FoundFile): Promise<void> {
    this.#goOn()
    const told = { name, bytes: 0, sha256: null, problem: null }
    if (problem !== undefined) return this.#tell({ ...told, problem })
    if (name.length > longestName) {
      return this.#tell({
        ...told,
        name: name.slice(0, longestName),
        problem: 'its name is too long',
      })
    }
    try {
      await this.#tell({ ...told, ...(await this.#take(path)) })
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error
      await this.#tell({ ...told, problem: error.message })
    }
  }

  async #take(path: string): Promise<Pick<Artifact, 'bytes' | 'sha256'>> {
    const { user, sink } = this.#given
    const file = await openFile(path, user)
    try {
      await this.#expectRoom(file.size)
      const sha256 = await file.read(async (piece) => {
        this.#goOn()
        this.#sent += piece.length
        await sink.write(piece, 'file')
      })
      this.#whole.files += 1
      this.#whole.bytes += file.size
      return { bytes: file.size, sha256 }
    } finally {
      await file.close()
    }
  }

  async #expectRoom(size: number): Promise<void> {
    const { file, total } = this.#limits
    if (size > file) throw new NotTaken(`it has ${size} bytes; a file may have ${file}`)
    if (this.#sent + size > total) {
      throw new NotTaken(`it has ${size} bytes; all files of a task may have ${total}`)
    }
    if ((await this.#given.sink.hasRoom?.(size)) === false) {
      throw new NotTaken(`it has ${size} bytes, and the disk of the runner's data_dir has no room`)
    }
  }

  #goOn(): void {
    if (this.#given.stopped()) throw new Stopped()
  }

  async #tell(told: Artifact): Promise<void> {
    const { sink, log } = this.#given
    if (told.problem !== null) {
      await log.line(`Artifact ${JSON.stringify(told.name)}: ${told.problem}`)
    }
    await sink.write(encodeArtifact(told), 'artifact')
  }
}

function limitsOf(wish: ArtifactWish, own: ArtifactLimits = {}) {
  const bytes = (mb: number | undefined) => (mb ?? Number.POSITIVE_INFINITY) * 1_000_000
  return {
    file: Math.min(wish.max_file, bytes(own.max_file_mb)),
    total: Math.min(wish.max_total, bytes(own.max_total_mb)),
    files: Math.min(wish.max_files, own.max_files ?? mostFiles),
  }
}

/**
 * D4, D5: what the server has of a log, files between its pieces included, is always a beginning of what
 * was printed, masked; with a result it is the whole, and equal to what the runner has on its disk.
 */
import { decodeArtifact } from '../../../broker/artifacts.ts'
import { decodeBody } from '../../../broker/codec.ts'
import type { Database } from '../database/database.ts'
import type { Change, Row } from '../database/tables.ts'
import { secret } from '../process.ts'
import { spooledLog } from '../records.ts'
import type { Runner } from '../runner.ts'
import type { Story } from '../story.ts'

/** What the runner itself adds behind the output of a task. */
const ownLine = /^(Interrupted: .*|ran longer than .*)$/

/** A log is in these two, piece by piece. */
const tables = ['chunks', 'file_chunks']

interface Log {
  /** Masked output of the process and its files, whatever became of them. */
  printed: Buffer[]
  /** The runner died while it ran: the end of the output may be lost, and a line of its own follows. */
  interrupted: boolean
  stored: Buffer
  /** Of so many pieces. */
  pieces: number
}

export class LogRules {
  readonly #story: Story
  readonly #database: Database
  readonly #runners: readonly Runner[]
  readonly #logs = new Map<string, Log>()

  constructor(story: Story, database: Database, runners: readonly Runner[]) {
    this.#story = story
    this.#database = database
    this.#runners = runners
  }

  printed(key: string, bytes: Uint8Array): void {
    this.#log(key).printed.push(Buffer.from(bytes))
  }

  interrupted(key: string): void {
    this.#log(key).interrupted = true
  }

  onCommit(changes: readonly Change[]): void {
    const gathered: Row[] = []
    const append = () => {
      gathered.sort((a, b) => Number(a.seq) - Number(b.seq))
      for (const chunk of gathered.splice(0)) this.#appended(chunk)
    }
    for (const { table, before, after } of changes) {
      if (tables.includes(table)) {
        if (after !== undefined) gathered.push(after)
        continue
      }
      append()
      if (table === 'artifacts' && after !== undefined) this.#story.count('files stored')
      if (table !== 'attempts' || after === undefined) continue
      const key = `${after.task_id}.${after.attempt}`
      if (Number(after.log_resets) > Number(before?.log_resets ?? 0)) {
        this.#story.happens('logs asked for anew', key)
        Object.assign(this.#log(key), { stored: Buffer.alloc(0), pieces: 0 })
      }
      if (after.result !== null && (before?.result ?? null) === null) this.#complete(key, after)
    }
    append()
  }

  #appended(chunk: Row): void {
    const key = `${chunk.task_id}.${chunk.attempt}`
    const log = this.#log(key)
    const body = bytesOf(chunk)
    this.#story.count('chunks stored')
    const before = log.stored.length
    log.stored = Buffer.concat([log.stored, body])
    log.pieces += 1
    if (log.stored.includes(secret, Math.max(0, before - secret.length)))
      this.#story.fail(`log ${key}: the secret is in it`)
    if (!isBeginning(log))
      this.#story.fail(`log ${key}: chunk ${chunk.seq} is not what was printed`)
  }

  #complete(key: string, attempt: Row): void {
    const { stored, pieces, printed, interrupted } = this.#log(key)
    const { chunks, dropped, outcome } = JSON.parse(String(attempt.result))
    const isOurs = ({ task_id, attempt: of }: Row) =>
      task_id === attempt.task_id && of === attempt.attempt
    if (pieces !== chunks) {
      return this.#story.fail(`result ${key}: stored with ${pieces} of ${chunks} chunks`)
    }
    const [log = [], files = []] = tables.map((table) => this.#database.rows(table).filter(isOurs))
    const told = files.filter((row) => decodeArtifact(bytesOf(row)) !== undefined)
    if (this.#database.rows('artifacts').filter(isOurs).length !== told.length) {
      return this.#story.fail(`result ${key}: not all of its files are listed`)
    }
    const last = Math.max(-1, ...told.map(({ seq }) => Number(seq)))
    const parts = files.filter(({ seq }) => Number(seq) > last).length
    if (parts > 0) return this.#story.fail(`result ${key}: ${parts} pieces of no file are left`)
    if (log.length + files.length < chunks) this.#story.count('parts of files deleted')
    this.#story.count('results stored')
    if (outcome === 'interrupted') this.#story.count('interrupted results')
    if (dropped > 0) this.#story.count('logs whose head was dropped at the cap')
    const whole = Buffer.concat(printed)
    if (!interrupted && !stored.subarray(0, whole.length).equals(whole)) {
      this.#story.fail(`result ${key}: its log is not the whole output`)
    }
    const runner = this.#runners.find(({ id }) => id === attempt.runner_id)
    const spool =
      runner && spooledLog(runner.disk, Number(attempt.task_id), Number(attempt.attempt))
    if (spool !== undefined && !stored.subarray(stored.length - spool.length).equals(spool)) {
      this.#story.fail(`result ${key}: its log is not what the runner has`)
    }
  }

  #log(key: string): Log {
    let log = this.#logs.get(key)
    if (log === undefined) {
      log = { printed: [], interrupted: false, stored: Buffer.alloc(0), pieces: 0 }
      this.#logs.set(key, log)
    }
    return log
  }
}

function bytesOf({ bytes, encoding, body }: Row): Uint8Array {
  return decodeBody({
    bytes: Number(bytes),
    encoding: encoding as 'deflate',
    body: body as Uint8Array,
  })
}

/** Output, up to any point if the runner died, then lines of the runner's own, the last one perhaps cut. */
function isBeginning({ printed, interrupted, stored }: Log): boolean {
  const whole = Buffer.concat(printed)
  if (stored.length <= whole.length && stored.equals(whole.subarray(0, stored.length))) return true
  let same = 0
  while (same < stored.length && same < whole.length && stored[same] === whole[same]) same += 1
  if (same < whole.length && !interrupted) return false
  const rest = stored.toString('utf8')
  for (let from = same; from >= 0; from -= 1) {
    const own = rest.slice(from).split('\n')
    if (own.at(-1) === '' && own.slice(0, -1).every((line) => ownLine.test(line))) return true
  }
  return false
}

/** What the runner's machine knows, what happens to it, and what it wants done. */
import type { Job } from '../../broker/job.ts'
import type {
  HelloMessage,
  Installation,
  Reached,
  ResultBody,
  StateMessage,
  Verdict,
  Welcome,
} from '../../broker/messages.ts'

/** One attempt in the journal and not yet forgotten. */
export interface HeldAttempt {
  readonly task: number
  readonly attempt: number
  /** accepted: ACCEPT is journaled. started: START too; it was or is spawned. ended: END too. */
  readonly phase: 'accepted' | 'started' | 'ended'
  /** The number of the last claim, 0 before the first. */
  readonly claim: number
  /** Monotonic ms of the last claim. */
  readonly claimedAt: number
  /** How long the grant may take that answers it, ms (late.ts). */
  readonly patienceMs: number
  /** How often one came too late since that is as long as it may be. */
  readonly late: number
  /** Its job asks a person whether to go on: not yet, open, or what was answered. */
  readonly confirmation: '' | 'open' | 'confirmed' | 'rejected'
  /** The server wants nothing more of it: it is dropped once nothing runs and the journal takes it. */
  readonly forgotten: boolean
  /** The server waits for a person to decide on it: it is kept, and nothing is said of it meanwhile. */
  readonly inReview: boolean
  /** Its job is over, and the journal has not taken its END yet. */
  readonly owed: ResultBody | undefined
}

/** The highest attempts of tasks that are over: no more than this many, the youngest; 5 MB of journal. */
export const tombstoneLimit = 100_000

export interface RunnerState {
  /** Names the connection and its hello; null while there is none. */
  readonly nonce: string | null
  readonly helloAt: number
  /** How often this connection has said hello: a welcome answers any of them. */
  readonly hellos: number
  /** From the hello to its welcome, ms, until it is told; null = told, or not known. */
  readonly roundTripMs: number | null
  /** The server's number for this connection; null until the welcome. Without it nothing is said. */
  readonly session: number | null
  /** The server wants to hear something at least this often, ms; and when it was last told, monotonic. */
  readonly heartbeatMs: number
  readonly beatAt: number
  readonly attempts: ReadonlyMap<string, HeldAttempt>
  /** The highest attempt ever seen of each task: no lower one is taken (D2). */
  readonly highest: ReadonlyMap<number, number>
  /** How far the server had come, as far as it was ever heard; never goes back. */
  readonly reached: Reached
  /** Task -> the attempt that was refused on this connection: it is on its way back to the queue. */
  readonly refused: ReadonlyMap<number, number>
  /** false: it is to end. */
  readonly accepting: boolean
  /** Why the journal cannot be written; until it can nothing is done that needs a record in it. */
  readonly trouble: string | null
  /** Why the disk has no room for another task, though the journal may still find some. */
  readonly shortage: string | null
}

/** What does not change while the runner lives. */
export interface RunnerFacts {
  boot: string
  version: string
  /** Where this runs. */
  installation?: Installation
  /** The operating system, and when this process began by the wall clock: for people to read. */
  os?: string
  startedAt?: number
  /** 0 = no limit. */
  maxParallelTasks: number
  /** Takes one task, then no more. */
  oneOff: boolean
}

export type RunnerEvent =
  | { kind: 'connected'; nonce: string }
  | { kind: 'disconnected' }
  | {
      kind: 'welcome'
      nonce: string
      session: number
      heartbeatMs: number
      verdicts: readonly Verdict[]
      review?: readonly { task: number; attempt: number }[]
      /** These are not for the machine but for whoever connects (broker/messages.ts). */
      reconnectMs?: number | undefined
      contested?: boolean
      recorded?: readonly string[]
      clearCache?: Welcome['clear_cache']
    }
  /** Another installation has this runner. */
  | { kind: 'decline'; nonce: string; retryMs: number; reason: string }
  | { kind: 'identify' }
  | { kind: 'offer'; task: number; attempt: number }
  | { kind: 'grant'; task: number; attempt: number; claim: number; job: Job }
  /** A grant came that is not the server's word. */
  | { kind: 'distrusted'; task: number; attempt: number; reason: string }
  | { kind: 'cancel'; task: number; attempt: number; force: boolean }
  | { kind: 'confirm'; task: number; attempt: number }
  | { kind: 'reject'; task: number; attempt: number }
  | { kind: 'result-ack'; task: number; attempt: number }
  /** The job goes on only by a person's word. */
  | { kind: 'asked'; task: number; attempt: number }
  /** The job is over and its log complete on disk. */
  | { kind: 'ended'; task: number; attempt: number; result: ResultBody }
  /** Take nothing new from now on. */
  | { kind: 'drain' }
  /** The journal cannot be written, or can be again: null. */
  | { kind: 'journal'; trouble: string | null }
  /** The disk has no room for another task, or has again: null. */
  | { kind: 'room'; shortage: string | null }
  /** Time has passed; comes at least once a second. */
  | { kind: 'tick' }

export type Of<K extends RunnerEvent['kind']> = Extract<RunnerEvent, { kind: K }>

export type JournalRecord =
  | { kind: 'accept'; task: number; attempt: number }
  | { kind: 'start'; task: number; attempt: number }
  | { kind: 'end'; task: number; attempt: number; result: ResultBody }
  | { kind: 'forget'; task: number; attempt: number }
  | ReachedRecord

export type ReachedRecord = { kind: 'reached' } & Reached

/** What an attempt has to say, before it is known in which session. */
export type Said = Unaddressed<StateMessage>
type Unaddressed<M> = M extends unknown ? Omit<M, 'v' | 'session'> : never

/** Carried out in order; what follows a journal record happens only once that is fsynced. */
export type RunnerEffect =
  | { kind: 'journal'; record: JournalRecord }
  /** Into the journal as well, but nothing waits for it. */
  | { kind: 'note'; record: ReachedRecord }
  | { kind: 'hello'; message: HelloMessage }
  /** Leave the broker, and come back after so long. */
  | { kind: 'retreat'; retryMs: number; reason: string }
  | { kind: 'state'; task: number; attempt: number; message: StateMessage }
  | { kind: 'spawn'; task: number; attempt: number; job: Job }
  | { kind: 'kill'; task: number; attempt: number; force: boolean }
  /** Tell the job what a person said. */
  | { kind: 'answer'; task: number; attempt: number; confirmed: boolean }
  /** Send nothing of the log until an `upload`. */
  | { kind: 'withhold'; task: number; attempt: number }
  /** Send the log from `nextSeq` on, whatever was sent before. */
  | { kind: 'upload'; task: number; attempt: number; nextSeq: number }
  /** The log is complete: send this after it, until it is acked. */
  | { kind: 'finish'; task: number; attempt: number; result: ResultBody }
  /** Stop sending and drop the spool. */
  | { kind: 'discard'; task: number; attempt: number }

export function keyOf({ task, attempt }: { task: number; attempt: number }): string {
  return `${task}.${attempt}`
}

/** Whichever of two has come further, in each respect. */
export function furthest(a: Reached, b: Partial<Reached>): Reached {
  return {
    session: Math.max(a.session, b.session ?? 0),
    task: Math.max(a.task, b.task ?? 0),
  }
}

export function idOf({ task, attempt }: HeldAttempt): { task: number; attempt: number } {
  return { task, attempt }
}

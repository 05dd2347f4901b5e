/**
 * Every message of the wire: schema first, types inferred. Version 1. A message is known by its
 * `kind`; unknown fields are ignored, an unknown version or kind is refused by name (codec.ts).
 * docs/protocol.md tells the same for someone who writes a runner in another language.
 */
import Type from 'typebox'
import { Job } from './job.ts'
import { SealedGrant } from './seal/messages.ts'

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const Line = Type.String({ maxLength: 4096 })
const Nonce = Type.String({ minLength: 1, maxLength: 64 })

function message<K extends string, P extends Type.TProperties>(kind: K, properties: P) {
  return Type.Object({ v: Type.Literal(1), kind: Type.Literal(kind), ...properties })
}

// ---- server -> runner, topic .../tasks ----

/** D1. Take attempt `attempt` of task `task`, if you can. Repeated until claimed. */
export const Offer = message('offer', { task: Id, attempt: Id })
/** D3. Run it now. `claim` echoes the claim that this answers. */
export const Grant = message('grant', { task: Id, attempt: Id, claim: Id, job: Job })
/** D8. End it: TERM, grace, KILL; with `force` KILL at once. Also answers claims of stale attempts. */
export const Cancel = message('cancel', { task: Id, attempt: Id, force: Type.Boolean() })
/** Go on: a person said yes to what the job asks. Repeated until `resumed`. */
export const Confirm = message('confirm', { task: Id, attempt: Id })
/** A person said no: the job is to end without it. Repeated until the result. */
export const Reject = message('reject', { task: Id, attempt: Id })
/** What the server wants done with one attempt that the hello listed. */
export const Verdict = Type.Object({
  task: Id,
  attempt: Id,
  /** resume: send the log from next_seq, then the result. forget: it is stored or unknown, drop it. */
  verdict: Type.Union([Type.Literal('resume'), Type.Literal('forget')]),
  next_seq: Count,
})
export type Verdict = Type.Static<typeof Verdict>
/** D6. Answers the hello with the same nonce. Later messages carry `session`, others are dropped. */
export const Welcome = message('welcome', {
  nonce: Nonce,
  session: Id,
  /** Send a heartbeat this often, whatever else is sent: only it says whether tasks are taken. */
  heartbeat_ms: Type.Integer({ minimum: 100 }),
  /** Should the connection be lost, come back within so long, at random: all others may have lost it. */
  reconnect_ms: Type.Optional(Type.Integer({ minimum: 0 })),
  /** The hello before this was of another process: if two of them take turns, both are to slow down. */
  contested: Type.Optional(Type.Boolean()),
  attempts: Type.Array(Verdict),
  /** Attempts that wait for a person to decide: keep them, and say nothing of them until a next welcome. */
  review: Type.Optional(Type.Array(Type.Object({ task: Id, attempt: Id }))),
  /** Ids of the damage reports of the hello: they need not be said again. */
  recorded: Type.Optional(Type.Array(Type.String())),
  /** Remove the work trees that are kept (of one project); said until a hello says that it is done. */
  clear_cache: Type.Optional(Type.Object({ request: Id, project: Type.Optional(Id) })),
})

/**
 * Answers the hello with the same nonce, too: another installation has this runner. Disconnect, and
 * come back after `retry_ms`, when that one may be gone.
 */
export const Decline = message('decline', {
  nonce: Nonce,
  retry_ms: Type.Integer({ minimum: 100 }),
  /** One line for a person. */
  reason: Line,
})

/** What came carried no session that the server knows: say hello again. */
export const Identify = message('identify', {})

// ---- server -> runner, topic .../acks ----

/** D4. Everything below `next_seq` is committed. Below what was acked before: send again from there. */
export const LogAck = message('log-ack', { task: Id, attempt: Id, next_seq: Count })
/** D5. The result is committed (or kept as evidence): the attempt may be forgotten. */
export const ResultAck = message('result-ack', { task: Id, attempt: Id })

// ---- runner -> server, topic .../hello and .../presence ----

/** One line of the runner's journal, as the hello tells it. */
export const KnownAttempt = Type.Object({
  task: Id,
  attempt: Id,
  phase: Type.Union([Type.Literal('accepted'), Type.Literal('started'), Type.Literal('ended')]),
})
export type KnownAttempt = Type.Static<typeof KnownAttempt>
/** How far the server has come, as a runner remembers it: one that is behind that has lost something. */
export const Reached = Type.Object({
  /** The highest session of this runner. */
  session: Count,
  /** The highest task number that this runner has seen. */
  task: Count,
})
export type Reached = Type.Static<typeof Reached>
/** A log of which something has waited for its ack for a while, told for people only. */
export const Unacked = Type.Object({
  task: Id,
  attempt: Id,
  /** Of the whole log, as far as it is on the runner's disk. */
  bytes: Count,
  /** That are not acknowledged; absent if the runner does not know. */
  lines: Type.Optional(Count),
})
export type Unacked = Type.Static<typeof Unacked>
const UnackedLogs = Type.Optional(Type.Array(Unacked, { maxItems: 100 }))
/** Why a runner that would like to takes nothing: its disk is full or fails. */
const Reason = Type.Optional(Line)
/** A file on the runner's disk that failed its checksum, and what is left of it. */
export const DamageReport = Type.Object({
  /** Names this damage: the welcome says it back once it is recorded. */
  id: Type.String({ minLength: 1, maxLength: 255 }),
  /** Name of the file. */
  file: Type.String({ maxLength: 255 }),
  /** Path of the file as it was found, which was put aside. */
  kept: Line,
  /** Of the first bad byte. */
  offset: Count,
  /** Good records before it: they stay in use. */
  records: Count,
  /** Whose records or log were in it. */
  attempts: Type.Array(Type.Object({ task: Id, attempt: Id }), { maxItems: 100 }),
})
export type DamageReport = Type.Static<typeof DamageReport>
/** What tells a cloned runner from the one that it was made of, and what to call it. */
export const Installation = Type.Object({
  /** Made once, kept beside the journal; whoever copies the folder copies it. */
  id: Nonce,
  /** The same only for processes that cannot be alive at once: one folder, one machine, one boot. */
  place: Nonce,
  host: Type.String({ maxLength: 255 }),
})
export type Installation = Type.Static<typeof Installation>
/** Wall clock of the runner, ms; only to be shown, never to decide by (D9). */
const SenderTime = Type.Optional(Count)
/** D6. Sent after every connect, once the subscriptions are granted. */
export const Hello = message('hello', {
  nonce: Nonce,
  /** New for each start of the runner's process. */
  boot: Nonce,
  version: Type.String({ maxLength: 64 }),
  /** 0 = no limit of its own. */
  max_parallel_tasks: Count,
  accepting: Type.Boolean(),
  reason: Reason,
  at: SenderTime,
  installation: Type.Optional(Installation),
  /** For a person: the operating system, and when the process began, by the runner's wall clock in ms. */
  os: Type.Optional(Type.String({ maxLength: 255 })),
  started_at: SenderTime,
  attempts: Type.Array(KnownAttempt, { maxItems: 10_000 }),
  reached: Type.Optional(Reached),
  unacked: UnackedLogs,
  /** Until a welcome says that they are recorded. */
  damage: Type.Optional(Type.Array(DamageReport, { maxItems: 20 })),
  /** The last request to clear the cache that is done. */
  cache_cleared: Type.Optional(Id),
})
export const Heartbeat = message('heartbeat', {
  session: Id,
  accepting: Type.Boolean(),
  reason: Reason,
  at: SenderTime,
  unacked: UnackedLogs,
  /** From the hello of this connection to its welcome; in the first heartbeat after it. */
  round_trip_ms: Type.Optional(Count),
})
/** Retained; the will says `online: false`. A hint only, and only with the current nonce. */
export const Presence = message('presence', { nonce: Nonce, online: Type.Boolean() })

// ---- runner -> server, topic replies/<id>/<task>/<attempt>/state ----

/** D2. ACCEPT is journaled; grant me. `claim` is 1, 2, .. for each time of asking anew. */
export const Claim = message('claim', { session: Id, claim: Id })
/** The offer is not taken. stale: a higher attempt of this task was seen here before. */
export const Refuse = message('refuse', {
  session: Id,
  reason: Type.Union([Type.Literal('busy'), Type.Literal('draining'), Type.Literal('stale')]),
  /** With stale: the highest attempt of this task that was seen. */
  highest: Type.Optional(Id),
})
/** START is journaled and the job runs. The first chunk says the same, should this be lost. */
export const Started = message('started', { session: Id })

/** The job goes on only by a person's word; at most once a job. Repeated until that word has come. */
export const Waiting = message('waiting', { session: Id })
/** The yes was heard. */
export const Resumed = message('resumed', { session: Id })

// ---- runner -> server, topic replies/<id>/<task>/<attempt>/log: no JSON, see chunk.ts ----

// ---- runner -> server, topic replies/<id>/<task>/<attempt>/result ----

/** succeeded and failed: the tool ended. interrupted: the runner died while it ran; never rerun. */
const Outcome = Type.Union([
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
  Type.Literal('interrupted'),
])
/** D5. How the attempt ended, and the log that must be complete before this is accepted. */
export const ResultBody = Type.Object({
  outcome: Outcome,
  exit_code: Type.Union([Type.Integer(), Type.Null()]),
  signal: Type.Union([Type.String({ maxLength: 32 }), Type.Null()]),
  /** One line for a person, e.g. "ansible-playbook: not found on this runner; install ansible-core". */
  reason: Type.Union([Line, Type.Null()]),
  commit_hash: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
  commit_message: Type.Union([Line, Type.Null()]),
  /** What the tool counted (summary.ts). A kind that a server does not know must not stop a result. */
  summary: Type.Optional(Type.Unknown()),
  /** Number of chunks: the last seq + 1. */
  chunks: Count,
  /** Chunks at the head of the log that the runner no longer holds (all acked before): 0 if none. */
  dropped: Count,
  /** Bytes of the whole log, decoded. */
  bytes: Count,
  /** SHA-256 of the whole log, decoded, hex. */
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})
export type ResultBody = Type.Static<typeof ResultBody>
export type Outcome = ResultBody['outcome']
export const Result = message('result', { session: Id, result: ResultBody })

/** Which kinds a topic may carry; the codec refuses the rest. */
export const channels = {
  tasks: [Offer, Grant, SealedGrant, Cancel, Confirm, Reject, Welcome, Decline, Identify],
  acks: [LogAck, ResultAck],
  hello: [Hello, Heartbeat],
  presence: [Presence],
  state: [Claim, Refuse, Started, Waiting, Resumed],
  result: [Result],
} as const

export type JsonChannel = keyof typeof channels
export type MessageOf<C extends JsonChannel> = Type.Static<(typeof channels)[C][number]>
export type TasksMessage = MessageOf<'tasks'>
export type AcksMessage = MessageOf<'acks'>
export type HelloMessage = MessageOf<'hello'>
export type StateMessage = MessageOf<'state'>
export type Hello = Type.Static<typeof Hello>
export type Heartbeat = Type.Static<typeof Heartbeat>
export type Welcome = Type.Static<typeof Welcome>
export type Decline = Type.Static<typeof Decline>
export type Grant = Type.Static<typeof Grant>

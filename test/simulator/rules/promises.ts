/** Nobody says what a crash may still undo: each word is held against the disk of whoever says it. */
import { decode, decodeChunk, decodeSigned } from '../../../broker/codec.ts'
import type { JsonChannel } from '../../../broker/messages.ts'
import type { Database } from '../database/database.ts'
import { topics } from '../network/broker.ts'
import { durableChunks, durableJournal } from '../records.ts'
import type { Runner } from '../runner.ts'
import type { Story } from '../story.ts'

const ranks = { accepted: 0, started: 1, ended: 2 } as const

export class Promises {
  readonly #story: Story
  readonly #database: Database

  constructor(story: Story, database: Database) {
    this.#story = story
    this.#database = database
  }

  /** D1, D3 to D6: only what is committed is offered, granted, welcomed and acked. */
  serverSays(topic: string, payload: Uint8Array): void {
    const address = topics.parse(topic)
    if (address?.channel !== 'tasks' && address?.channel !== 'acks') return
    const message = decode(address.channel, unsigned(address.channel, payload))
    const to = `server -> runner ${address.runner}`
    if (!('task' in message)) {
      this.#story.note(() => `${to}: ${message.kind}`)
      const session = Number(this.#database.get('runners', address.runner)?.session ?? 0)
      // Two hellos in one commit: the first welcome is outdated already, which does no harm.
      if (message.kind === 'welcome' && session < message.session) {
        this.#early(`welcome ${message.session} to runner ${address.runner}`)
      }
      return
    }
    const { task, attempt, kind } = message
    const key = `${task}.${attempt}`
    const number =
      'claim' in message ? message.claim : 'next_seq' in message ? message.next_seq : ''
    this.#story.note(() => `${to}: ${kind} ${key} ${number}`.trimEnd())
    const row = this.#database.get('attempts', key)
    if (row === undefined) {
      // Of a task that was deleted nothing more is wanted.
      if (kind === 'offer' && this.#database.get('tasks', task)) this.#early(`offer ${key}`)
      return
    }
    const committed = {
      offer: () => true,
      grant: () => Number(row.claim) >= Number(number) && row.phase !== 'offered',
      'sealed-grant': () => Number(row.claim) >= Number(number) && row.phase !== 'offered',
      cancel: () => true,
      confirm: () => row.confirmation !== '' && row.confirmation !== 'open',
      reject: () => row.confirmation !== '' && row.confirmation !== 'open',
      'log-ack': () => Number(row.next_seq) >= Number(number),
      'result-ack': () => row.result !== null || row.runner_id !== address.runner,
    }
    if (!committed[kind]()) this.#early(`${kind} ${key} ${number}`)
  }

  /** D2 to D5: only what is on its disk is claimed, started, sent and reported. */
  runnerSays({ id, disk }: Runner, topic: string, payload: Uint8Array): void {
    const address = topics.parse(topic)
    const from = `runner ${id} -> server`
    if (address?.channel === 'hello') {
      return this.#story.note(() => `${from}: ${decode('hello', payload).kind}`)
    }
    if (address === undefined || !('task' in address)) return
    const { channel, task, attempt } = address
    const key = `${task}.${attempt}`
    if (channel === 'log') {
      const { seq } = decodeChunk(payload)
      this.#story.note(() => `${from}: chunk ${key} ${seq}`)
      const end = durableChunks(disk, task, attempt)
      if (end !== undefined && seq >= end) this.#early(`chunk ${key} ${seq}`)
      return
    }
    const { kind } = decode(channel, unsigned(channel, payload))
    this.#story.note(() => `${from}: ${kind} ${key}`)
    if (kind === 'refuse') return
    const needed = {
      claim: 'accepted',
      started: 'started',
      waiting: 'started',
      resumed: 'started',
      result: 'ended',
    } as const
    this.journaled(disk, task, attempt, needed[kind], kind)
  }

  /** @param before what must not be done before the journal has it */
  journaled(
    disk: Runner['disk'],
    task: number,
    attempt: number,
    phase: 'accepted' | 'started' | 'ended',
    before: string,
  ): void {
    const { attempts, highest } = durableJournal(disk)
    const key = `${task}.${attempt}`
    const held = attempts.get(key)
    // What is forgotten had it all.
    const forgotten = held === undefined && (highest.get(task) ?? 0) >= attempt
    if (!forgotten && (held === undefined || ranks[held.phase] < ranks[phase])) {
      this.#early(`${before} ${key}`)
    }
  }

  #early(what: string): void {
    this.#story.fail(`${what}: said or done before it was on disk`)
  }
}

/** Whether it is rightly signed is for the receiver to find out; here it is what it says that counts. */
function unsigned(channel: JsonChannel, payload: Uint8Array): Uint8Array {
  const signed = decodeSigned(channel, payload)
  return signed ? Buffer.from(signed.text) : payload
}

/**
 * The broker carries, and is not believed: what starts or ends something here must be signed by the
 * server whose key is pinned, for this runner, and not have been said before.
 */
import { decode, decodeSigned } from '../../broker/codec.ts'
import type { AcksMessage, TasksMessage } from '../../broker/messages.ts'
import type { SealedGrant, Signed } from '../../broker/seal/messages.ts'
import { open } from '../../broker/seal/sealed.ts'
import { expectSigned } from '../../broker/seal/signed.ts'
import { follow } from '../../broker/seal/succession.ts'
import { mustBeSigned } from '../../broker/seal/voice.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import type { Keyring } from '../disk/keyring.ts'

export type Ring = Pick<Keyring, 'server' | 'pin' | 'sealKey'>
/** As it was said, or once it is opened. */
export type Heard = Exclude<TasksMessage, { kind: 'sealed-grant' }> | AcksMessage
type Message = TasksMessage | AcksMessage

/** A message that is not believed. */
export class Distrusted extends AppError {
  readonly about: Message
  /** It is the server's own word, but has had its effect: nothing is wrong with the server. */
  readonly replayed: boolean

  constructor(about: Message, reason: string, replayed = false) {
    super('forbidden', `${about.kind}: ${reason}`)
    this.about = about
    this.replayed = replayed
  }
}

export class Trust {
  readonly #ring: Ring
  readonly #session: () => number | null
  /** Grants that were opened in the session `#since`: each is good for once. */
  readonly #opened = new Set<string>()
  #since: number | null = null

  /** @param session the current one; null while there is none */
  constructor(ring: Ring, session: () => number | null) {
    this.#ring = ring
    this.#session = session
  }

  /**
   * @throws Distrusted if it is unsigned, altered, somebody else's or said before
   * @throws AppError `invalid` when it is no message that a server sends
   */
  hear(topic: string, channel: 'tasks' | 'acks', payload: Uint8Array): Heard {
    const signed = decodeSigned(channel, payload)
    const message: Message = decode(channel, signed ? Buffer.from(signed.text) : payload)
    if (signed !== undefined) this.#expectServer(topic, signed, message)
    else if (mustBeSigned(message.kind)) throw new Distrusted(message, 'not signed by its server')
    return message.kind === 'sealed-grant' ? this.#open(topic, message) : message
  }

  #expectServer(topic: string, signed: Signed, message: Message): void {
    const { server = '' } = this.#ring
    try {
      const key = follow(server, signed.key, signed.via ?? [])
      expectSigned(topic, signed, key)
      this.#ring.pin(key)
    } catch (error) {
      throw new Distrusted(message, lineOf(error))
    }
  }

  #open(topic: string, grant: SealedGrant): Heard {
    const { task, attempt, claim, session, recipient } = grant
    this.#expectFresh(grant)
    const own = this.#ring.sealKey(recipient)
    if (own === undefined) {
      throw new Distrusted(grant, `sealed to key ${recipient}, which this runner does not have`)
    }
    try {
      const text = open(grant, own, { topic, session, task, attempt, claim })
      const inside = `{"v":1,"kind":"grant","task":${task},"attempt":${attempt},"claim":${claim},"job":${text}}`
      return decode('tasks', Buffer.from(inside)) as Heard
    } catch (error) {
      throw new Distrusted(grant, lineOf(error))
    }
  }

  #expectFresh(grant: SealedGrant): void {
    const current = this.#session()
    if (current !== this.#since) this.#opened.clear()
    this.#since = current
    const key = `${grant.task}.${grant.attempt}.${grant.claim}`
    if (grant.session !== current) {
      throw new Distrusted(grant, `said in session ${grant.session}, now is ${current}`, true)
    }
    if (this.#opened.has(key)) throw new Distrusted(grant, 'said before', true)
    this.#opened.add(key)
  }
}

/**
 * The control topic of Mosquitto's dynamic security plugin: commands out, answers back. The plugin
 * sends every answer to everyone who subscribes (a second server, an operator's mosquitto_ctrl), at
 * QoS 0: so ours is known by the nonce that it echoes, and one that is lost is a timeout.
 */
import { EventEmitter, once } from 'node:events'
import { AppError, lineOf } from '../../lib/errors.ts'
import { nonce } from '../../lib/ids.ts'
import type { Bus, BusHandlers } from '../bus.ts'

export const controlTopic = '$CONTROL/dynamic-security/v1'
export const responseTopic = `${controlTopic}/response`

/** One command with its fields, named as in the plugin's own README. */
export interface Command {
  command: string
  [field: string]: unknown
}

export interface Answer {
  command: string
  /** Why it was not done; absent when it was. */
  error?: string
  data?: Record<string, unknown>
}

export interface DynsecOptions {
  /** Opens a connection of `username` that is subscribed to `filters`. */
  connect(filters: readonly string[], handlers: BusHandlers): Bus
  username: string
  /** Longest wait for a connection, and then for an answer, ms. */
  timeout: number
  /** Its abort closes the connection. */
  signal: AbortSignal
  /** After each connect, the first too. */
  onConnect(): void
}

export class Dynsec {
  readonly #options: DynsecOptions
  readonly #bus: Bus
  /** `connect`, and `answer:` with the nonce of a request. */
  readonly #events = new EventEmitter()
  /** Aborts when the connection of now is lost. */
  #cut = new AbortController()
  /** The last failure to connect. */
  #failure = { reason: 'no answer yet', refused: false }

  constructor(options: DynsecOptions) {
    this.#options = options
    this.#bus = options.connect([responseTopic], {
      onMessage: (_topic, payload) => this.#receive(payload),
      onConnect: () => {
        this.#events.emit('connect')
        options.onConnect()
      },
      onDisconnect: (reason) => {
        this.#cut.abort(unavailable(`the connection was lost (${reason})`))
        this.#cut = new AbortController()
        this.#failure = { reason, refused: false }
      },
      onRetry: ({ reason, refused }) => {
        this.#failure = { reason, refused }
      },
    })
    options.signal.addEventListener('abort', () => void this.#bus.close(), { once: true })
  }

  get connected(): boolean {
    return this.#bus.connected
  }

  /**
   * Carries out `commands` in their order; one that is refused does not stop the next.
   * @returns one answer for each.
   * @throws AppError `unavailable` when the broker is away or the connection is lost (what was asked
   * may have been done: ask again), `forbidden` when it refuses our user, `config` without the plugin.
   */
  async request(commands: readonly Command[]): Promise<Answer[]> {
    if (!this.#bus.connected) await this.#wait('connect', () => this.#unreachable())
    const correlationData = nonce()
    const payload = { commands: commands.map((command) => ({ ...command, correlationData })) }
    const [answers] = await Promise.all([
      this.#wait(`answer:${correlationData}`, () => this.#unanswered(), this.#cut.signal),
      this.#bus.publish(controlTopic, JSON.stringify(payload)).catch((error: unknown) => {
        throw unavailable(lineOf(error))
      }),
    ])
    return answers as Answer[]
  }

  async #wait(event: string, late: () => AppError, cut?: AbortSignal): Promise<unknown> {
    const limit = AbortSignal.timeout(this.#options.timeout)
    const signal = AbortSignal.any([limit, this.#options.signal, ...(cut ? [cut] : [])])
    try {
      const [value] = await once(this.#events, event, { signal })
      return value
    } catch {
      throw signal.reason === limit.reason ? late() : signal.reason
    }
  }

  /** Answers to others, and what is no answer at all, have no listener. */
  #receive(payload: Uint8Array): void {
    const answers = parseAnswers(payload)
    this.#events.emit(`answer:${answers?.[0]?.correlationData}`, answers)
  }

  #unreachable(): AppError {
    const { reason, refused } = this.#failure
    if (!refused) return unavailable(`cannot be reached: ${reason}`)
    const { username } = this.#options
    return new AppError('forbidden', `Mosquitto refuses the server: ${reason}`, {
      fix:
        'check broker.username and broker.password_file, and that ' +
        `"mosquitto_ctrl dynsec getClient ${username}" shows the role admin`,
    })
  }

  #unanswered(): AppError {
    const seconds = this.#options.timeout / 1000
    return new AppError(
      'config',
      `Mosquitto: expected an answer to ${controlTopic} within ${seconds} s, got none`,
      { fix: 'load its dynamic security plugin as mosquitto.example.conf does' },
    )
  }
}

function unavailable(what: string): AppError {
  return new AppError('unavailable', `Mosquitto: ${what}`, {
    fix: 'check that it runs and that broker.url names it',
  })
}

function parseAnswers(payload: Uint8Array): (Answer & { correlationData?: unknown })[] | undefined {
  try {
    const { responses } = JSON.parse(new TextDecoder().decode(payload))
    return Array.isArray(responses) ? responses : undefined
  } catch {
    return undefined
  }
}

/** A real Mosquitto with our provisioning connected to it, and an operator. */
import type { BusHandlers } from '../../../broker/bus.ts'
import { connectBus } from '../../../broker/bus-mqtt.ts'
import type { Credentials } from '../../../broker/credentials.ts'
import { type Command, Dynsec } from '../../../broker/mosquitto/dynsec.ts'
import { provisionMosquitto } from '../../../broker/mosquitto/provision.ts'
import { Pace } from '../../../broker/pace.ts'
import { createLog } from '../../../lib/log.ts'
import { type Ends, type Mailbox, mailbox, topics } from '../../kit/broker.ts'
import { type Mosquitto, startMosquitto } from '../../kit/mosquitto.ts'

export interface Setup extends Mosquitto {
  credentials: Credentials
  /** What an operator does by hand. @returns the answers' data; throws what is refused. */
  operate(...commands: Command[]): Promise<Record<string, unknown>[]>
  /** Every client and role that Mosquitto knows. */
  names(): Promise<{ clients: unknown; roles: unknown }>
}

export async function setUp(t: Ends): Promise<Setup> {
  const mosquitto = await startMosquitto(t)
  const { credentials, log } = provision(t, mosquitto)
  await log.find((line) => line.includes('mosquitto ready'))
  const operator = new Dynsec({
    connect: connectTo(mosquitto),
    username: mosquitto.username,
    timeout: 10_000,
    signal: untilEnd(t),
    onConnect: () => {},
  })
  const operate: Setup['operate'] = async (...commands) => {
    const answers = await operator.request(commands)
    for (const { command, error } of answers) if (error) throw new Error(`${command}: ${error}`)
    return answers.map(({ data = {} }) => data)
  }
  return {
    ...mosquitto,
    credentials,
    operate,
    async names() {
      const [clients, roles] = await operate({ command: 'listClients' }, { command: 'listRoles' })
      return { clients: clients?.clients, roles: roles?.roles }
    },
  }
}

/**
 * @param user instead of Mosquitto's administrator. @param timeout ms
 * @returns `tries`, too: "connected", or why not, of each try to connect
 */
export function provision(
  t: Ends,
  mosquitto: Mosquitto,
  { timeout = 10_000, user = {} as { username?: string; password?: string } } = {},
): { credentials: Credentials; log: Mailbox<string>; tries: Mailbox<string> } {
  const account = { ...mosquitto, ...user }
  const log = mailbox<string>()
  const tries = mailbox<string>()
  const credentials = provisionMosquitto({
    connect: connectTo(account, (outcome) => tries.push(outcome)),
    username: account.username,
    topics,
    log: createLog({ write: (line) => log.push(line) }),
    signal: untilEnd(t),
    timeout,
  })
  return { credentials, log, tries }
}

let connections = 0

function connectTo(
  { url, ca, username, password }: Mosquitto,
  tried: (outcome: string) => void = () => {},
) {
  return (filters: readonly string[], handlers: BusHandlers) => {
    const clientId = `test-${++connections}`
    const pace = new Pace({ random: () => 0.02 })
    const options = { urls: [url], ca, username, password, clientId, filters, pace }
    return connectBus(options, {
      ...handlers,
      onConnect(nonce) {
        handlers.onConnect(nonce)
        tried('connected')
      },
      onRetry(failure) {
        handlers.onRetry?.(failure)
        tried(failure.reason)
      },
    })
  }
}

function untilEnd(t: Ends): AbortSignal {
  const end = new AbortController()
  t.after(() => end.abort())
  return end.signal
}

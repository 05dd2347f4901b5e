/** The worker thread: Aedes with its doors, and the parent's word on who is known. */
import { parentPort, workerData } from 'node:worker_threads'
import { Aedes, type Client } from 'aedes'
import { lineOf, systemCode } from '../../lib/errors.ts'
import { equalDigests, sha256hex } from '../../lib/ids.ts'
import type { Fields, Level } from '../../lib/log.ts'
import { createTopics } from '../topics.ts'
import { openDoors } from './doors.ts'
import { brokerOptions, gateOf, identityOf } from './hooks.ts'
import { lookOnlyForWildcards } from './retained.ts'
import { knownRunners } from './runners.ts'
import type { Boot, Numbered, Report } from './thread-messages.ts'

const boot = workerData as Boot
const runners = knownRunners(boot.runners)
const broker = await Aedes.createBroker(
  brokerOptions({
    topics: createTopics(boot.prefix),
    runners,
    isServer: (password) => equalDigests(sha256hex(password), boot.serverPasswordHash),
    limits: boot.limits,
  }),
)
lookOnlyForWildcards(broker)

broker.on('clientReady', (client) => {
  const identity = identityOf(client)
  log('info', 'broker: connected', whoIs(client))
  if (identity.role === 'server') return
  report({ kind: 'entered', runner: identity.id, address: gateOf(client).address })
})
broker.on('clientDisconnect', (client) => log('info', 'broker: disconnected', whoIs(client)))
const failed = new WeakSet<Client>()
broker.on('clientError', (client, error) => {
  // Every message that was still on its way to the client fails too, and says so.
  if (failed.has(client)) return
  failed.add(client)
  // A link that broke is everyday life; anything else is a client that did what it may not.
  const level = systemCode(error) === undefined ? 'warn' : 'info'
  log(level, 'broker: connection closed', { ...whoIs(client), reason: lineOf(error) })
})
broker.on('connectionError', (client, error) => turnedAway(gateOf(client).address, lineOf(error)))

try {
  const doors = await openDoors({ ...boot, handle: broker.handle, onTurnedAway: turnedAway })
  parentPort?.on('message', ({ seq, order }: Numbered) => {
    if ('runners' in order) runners.replace(order.runners)
    else doors.renew(order.tls)
    report({ kind: 'done', seq })
  })
  report({ kind: 'ready', port: doors.port })
} catch (error) {
  report({ kind: 'failed', code: systemCode(error), message: lineOf(error) })
}

function whoIs(client: Client): Fields {
  return { ...identityOf(client), address: gateOf(client).address }
}

function turnedAway(address: string, reason: string): void {
  log('info', 'broker: turned away', { address, reason })
}

function log(level: Level, event: string, fields: Fields): void {
  report({ kind: 'log', level, event, fields })
}

function report(message: Report): void {
  parentPort?.postMessage(message)
}

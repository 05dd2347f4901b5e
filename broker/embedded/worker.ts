/** The worker thread: Aedes with its doors, and the parent's word on who is known. */
import { parentPort, workerData } from 'node:worker_threads'
import { Aedes, type Client } from 'aedes'
import { systemClock } from '../../lib/clock.ts'
import { lineOf, systemCode } from '../../lib/errors.ts'
import { equalDigests, sha256hex } from '../../lib/ids.ts'
import type { Fields, Level } from '../../lib/log.ts'
import { Sparing } from '../../lib/sparing.ts'
import { createTopics } from '../topics.ts'
import { openDoors } from './doors.ts'
import { brokerOptions, gateOf, identityOf } from './hooks.ts'
import { lookOnlyForWildcards } from './retained.ts'
import { knownRunners } from './runners.ts'
import { Tally } from './tally.ts'
import type { Boot, Numbered, Report } from './thread-messages.ts'

const boot = workerData as Boot
const runners = knownRunners(boot.runners)
const tally = new Tally(boot.tally)
tally.forgetConnections()
const knocks = new Sparing({ everyMs: 60_000, clock: systemClock })
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
const failed = new WeakSet<Client>()
broker.on('clientError', (client, error) => {
  // Every message that was still on its way to the client fails too, and says so.
  if (failed.has(client)) return
  failed.add(client)
  // A CONNACK that says no.
  if ('returnCode' in error) return turnedAway(whoIs(client), lineOf(error))
  // A link that broke is everyday life; anything else is a client that did what it may not.
  const level = systemCode(error) === undefined ? 'warn' : 'info'
  log(level, 'broker: connection closed', { ...whoIs(client), reason: lineOf(error) })
})
broker.on('clientDisconnect', (client) => {
  if (!failed.has(client)) log('info', 'broker: disconnected', whoIs(client))
})
broker.on('connectionError', (client, error) => turnedAway(whoIs(client), lineOf(error)))

try {
  const doors = await openDoors({ ...boot, tally, handle: broker.handle, onTurnedAway })
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

function onTurnedAway(address: string, reason: string): void {
  turnedAway({ address }, reason)
}

/** Who was removed knocks on for ever. */
function turnedAway(who: Fields, reason: string): void {
  tally.add('refused')
  const times = knocks.happened(JSON.stringify([who, reason]))
  if (times === 0) return
  log('info', 'broker: turned away', { ...who, reason, ...(times > 1 && { times }) })
}

function log(level: Level, event: string, fields: Fields): void {
  report({ kind: 'log', level, event, fields })
}

function report(message: Report): void {
  parentPort?.postMessage(message)
}

/**
 * Who may do what on the wire, as one pure function and as a list of patterns. Aedes' hooks call the
 * function, Mosquitto is provisioned from the list; a test holds the two equal.
 */
import type { Topics } from './topics.ts'

/** The identity behind a connection: the server, or one runner. */
export type Identity = { role: 'server' } | { role: 'runner'; id: number }

export type Action =
  | { kind: 'publish'; topic: string; retain: boolean }
  | { kind: 'subscribe'; filter: string }
  | { kind: 'will'; topic: string; retain: boolean }

/** What an identity may publish and subscribe to, as MQTT filters; nothing else is allowed. */
export interface Rights {
  publish: readonly string[]
  subscribe: readonly string[]
}

export function runnerRights(topics: Topics, id: number): Rights {
  return {
    publish: [
      topics.of({ channel: 'hello', runner: id }),
      topics.of({ channel: 'presence', runner: id }),
      `${topics.prefix}/replies/${id}/#`,
    ],
    subscribe: topics.runnerFilters(id),
  }
}

export function serverRights(topics: Topics): Rights {
  return {
    publish: ['tasks', 'acks', 'presence'].map((level) => `${topics.prefix}/runners/+/${level}`),
    subscribe: topics.serverFilters,
  }
}

/**
 * True if `identity` may do `action`. Deny by default, exact matches only: a runner subscribes to its
 * two topics by name (so `#`, `+`, `$SYS/..` and `$share/..` all fail), publishes what parses as one
 * of its own addresses, retains nothing but its presence, and has a will on its presence or none.
 */
export function allows(topics: Topics, identity: Identity, action: Action): boolean {
  return identity.role === 'server'
    ? serverMay(topics, action)
    : runnerMay(topics, identity.id, action)
}

function runnerMay(topics: Topics, id: number, action: Action): boolean {
  if (action.kind === 'subscribe') return topics.runnerFilters(id).includes(action.filter)
  const address = topics.parse(action.topic)
  if (address === undefined || address.runner !== id) return false
  if (address.channel === 'presence') return true
  if (action.kind === 'will' || action.retain) return false
  return address.channel === 'hello' || 'task' in address
}

/** The server reads replies and hellos and writes tasks and acks; it too retains nothing. */
function serverMay(topics: Topics, action: Action): boolean {
  if (action.kind === 'will') return false
  if (action.kind === 'subscribe') return topics.serverFilters.includes(action.filter)
  const address = topics.parse(action.topic)
  // Clearing the retained presence of a removed runner is the one retained publish of the server.
  if (address?.channel === 'presence') return action.retain
  return !action.retain && (address?.channel === 'tasks' || address?.channel === 'acks')
}

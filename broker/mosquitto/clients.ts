/**
 * A runner as the dynamic security plugin knows it: a client whose name and client id are the runner's
 * id, and its role. Pure: what is known and what is wanted -> the commands between.
 */
import { AppError } from '../../lib/errors.ts'
import type { RunnerCredential } from '../credentials.ts'
import type { Topics } from '../topics.ts'
import type { Command } from './dynsec.ts'
import { type Role, roleCommands, runnerRole } from './roles.ts'

/** As `getClient` and a verbose `listClients` tell it. */
export interface Client {
  username: string
  clientid?: string
  textname?: string
  textdescription?: string
  disabled?: boolean
  roles: { rolename: string }[]
}

/** What Mosquitto holds under the name of one runner. */
export interface Known {
  client?: Client | undefined
  role?: Role | undefined
}

/**
 * What makes `runner` known as it is to be; nothing if it is. A live connection survives that.
 * @throws AppError `conflict` if a client of that name is not ours, or must be made without its token.
 */
export function putCommands(topics: Topics, known: Known, runner: RunnerCredential): Command[] {
  const role = runnerRole(topics, runner.id)
  const wanted = clientOf(runner, role)
  const first = roleCommands(known.role, role)
  if (known.client === undefined) return [...first, create(wanted, runner)]
  if (!isOurs(known.client)) throw foreign(runner.id)
  if (same(known.client, wanted)) return first
  // Deleting is what cuts a live connection; in one request nobody can connect in between.
  return [...first, remove(wanted.username), create(wanted, runner)]
}

/**
 * What makes Mosquitto forget a runner; a client that is not ours stays, and what it may hold. The role
 * goes last: one that is deleted while a client holds it crashes Mosquitto 2.0 (its issue 2660).
 */
export function removeCommands({ client, role }: Known): Command[] {
  if (client && !isOurs(client)) return []
  return [
    ...(client ? [remove(client.username)] : []),
    ...(role ? [{ command: 'deleteRole', rolename: role.rolename }] : []),
  ]
}

/** The text is the mark: an operator's own client may be called 42 too. */
export function isOurs(client: Client): boolean {
  return client.textname === textname(client.username)
}

function textname(username: string): string {
  return `Outstation runner ${username}`
}

/**
 * The plugin tells nobody its passwords, so the hash of the token is kept beside it: a token that was
 * rotated while Mosquitto was away shows, and one that was not costs its runner no reconnect.
 */
function clientOf({ id, tokenHash }: RunnerCredential, { rolename }: Role): Client {
  return {
    username: String(id),
    clientid: String(id),
    textname: textname(String(id)),
    textdescription: `token sha256:${tokenHash}`,
    roles: [{ rolename }],
  }
}

function same(known: Client, wanted: Client): boolean {
  return (
    known.clientid === wanted.clientid &&
    known.textdescription === wanted.textdescription &&
    !known.disabled &&
    known.roles.length === 1 &&
    known.roles[0]?.rolename === wanted.roles[0]?.rolename
  )
}

function create(client: Client, { id, token }: RunnerCredential): Command {
  if (token === undefined) {
    throw new AppError(
      'conflict',
      `runner ${id}: expected its token, which Mosquitto must be told, got only the token's hash`,
      { fix: 'register this runner again' },
    )
  }
  return { command: 'createClient', ...client, password: token }
}

function remove(username: string): Command {
  return { command: 'deleteClient', username }
}

function foreign(id: number): AppError {
  return new AppError(
    'conflict',
    `runner ${id}: Mosquitto has a client "${id}" that Outstation did not make`,
    { fix: `rename that client, or delete it (mosquitto_ctrl dynsec deleteClient ${id})` },
  )
}

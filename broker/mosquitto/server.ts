/** The server's own place in Mosquitto: everything is denied but what a role allows; its own role. */
import { AppError, lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Topics } from '../topics.ts'
import type { Client } from './clients.ts'
import type { Dynsec } from './dynsec.ts'
import { carryOut, found } from './inventory.ts'
import { defaultAccess, type Role, roleCommands, serverRole } from './roles.ts'

interface Server {
  username: string
  topics: Topics
  log: Log
}

/**
 * Gives `username` the role of the server, if it has it not. Mosquitto cuts every connection of a
 * user whose roles change, this one too: so that is the last step, and the next connect finds all
 * well. @throws AppError `config` if the plugin does not know the user.
 */
export async function ensureServer(dynsec: Dynsec, { username, topics, log }: Server) {
  const role = serverRole(topics)
  const [access, user, known] = await dynsec.request([
    { command: 'getDefaultACLAccess' },
    { command: 'getClient', username },
    { command: 'getRole', rolename: role.rolename },
  ])
  const client = found<Client>(user, 'client', 'Client not found')
  if (client === undefined) throw unknownUser(username)
  await carryOut(dynsec, [
    ...(deniesAll(found(access, 'acls')) ? [] : [denyAll]),
    ...roleCommands(found<Role>(known, 'role', 'Role not found'), role),
  ])
  if (client.roles.some(({ rolename }) => rolename === role.rolename)) {
    return log.info('mosquitto ready', { username })
  }
  log.info('mosquitto: the server gives itself its role, and is cut once', { username })
  const grant = { command: 'addClientRole', username, rolename: role.rolename }
  await carryOut(dynsec, [grant]).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'unavailable') throw error
    log.debug('mosquitto: cut as expected', { reason: lineOf(error) })
  })
}

const denyAll = { command: 'setDefaultACLAccess', acls: defaultAccess }

function deniesAll(acls: readonly { allow: boolean }[] | undefined): boolean {
  return acls?.every(({ allow }) => !allow) ?? false
}

function unknownUser(username: string): AppError {
  return new AppError(
    'config',
    `Mosquitto: the dynamic security plugin has no client ${username}`,
    {
      fix: 'name in broker.username the client that "mosquitto_ctrl dynsec init" made',
    },
  )
}

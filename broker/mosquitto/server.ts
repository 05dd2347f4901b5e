/** The server's own place in Mosquitto: everything is denied but what a role allows; its own role. */
import { AppError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Topics } from '../topics.ts'
import type { Client } from './clients.ts'
import type { Command, Dynsec } from './dynsec.ts'
import { carryOut, found } from './inventory.ts'
import { defaultAccess, type Role, roleCommands, serverRole } from './roles.ts'

interface Server {
  username: string
  topics: Topics
  log: Log
}

/**
 * Denies what no role allows, and gives `username` the role of the server if it has it not: Mosquitto
 * cuts every connection of a user whose roles change, this one too, so after that it looks again.
 * @throws AppError `config` if the plugin does not know the user.
 */
export async function ensureServer(dynsec: Dynsec, server: Server): Promise<void> {
  const { username, topics, log } = server
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
  if (client.roles.some(({ rolename }) => rolename === role.rolename)) return
  log.info('mosquitto gives the server its role and cuts its connections once', { username })
  await cutting(dynsec, { command: 'addClientRole', username, rolename: role.rolename })
  await ensureServer(dynsec, server)
}

/** Carries out what may cut our own connection before the answer comes. */
async function cutting(dynsec: Dynsec, command: Command): Promise<void> {
  try {
    await carryOut(dynsec, [command])
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'unavailable') throw error
  }
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

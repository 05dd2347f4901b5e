/** What Mosquitto holds of our runners, asked for; and commands carried out in batches. */
import { AppError } from '../../lib/errors.ts'
import type { Client, Known } from './clients.ts'
import type { Answer, Command, Dynsec } from './dynsec.ts'
import { type Role, runnerId, runnerOfRole, runnerRoleName } from './roles.ts'

/** Entries in one answer: some 100 KB of roles. */
const page = 100

/**
 * Commands in one request. The plugin writes its whole file after each of them, and Mosquitto serves
 * nobody else until the request is done: 20 keep that under 0.2 s with 1,000 runners.
 */
const batch = 20

/** What "somebody else did it meanwhile" sounds like: another server has the same database. */
const harmless: Record<string, string> = {
  createRole: 'Role already exists',
  createClient: 'Client already exists',
  deleteClient: 'Client not found',
  deleteRole: 'Role not found',
}

export async function lookUp(dynsec: Dynsec, id: number): Promise<Known> {
  const [client, role] = await dynsec.request([
    { command: 'getClient', username: String(id) },
    { command: 'getRole', rolename: runnerRoleName(id) },
  ])
  return {
    client: found<Client>(client, 'client', 'Client not found'),
    role: found<Role>(role, 'role', 'Role not found'),
  }
}

/** Every client whose name is a runner's id, ours or not, and every role that is ours. */
export async function list(dynsec: Dynsec): Promise<Map<number, Known>> {
  const known = new Map<number, Known>()
  for (const client of await pages<Client>(dynsec, 'listClients', 'clients')) {
    const id = runnerId(client.username)
    if (id !== undefined) known.set(id, { client })
  }
  for (const role of await pages<Role>(dynsec, 'listRoles', 'roles')) {
    const id = runnerOfRole(role.rolename)
    if (id !== undefined) known.set(id, { ...known.get(id), role })
  }
  return known
}

/** @throws AppError `conflict`, after all of them were tried, if Mosquitto refused any. */
export async function carryOut(dynsec: Dynsec, commands: readonly Command[]): Promise<void> {
  const refused: string[] = []
  for (let start = 0; start < commands.length; start += batch) {
    const some = commands.slice(start, start + batch)
    const answers = await dynsec.request(some)
    some.forEach((command, index) => {
      const error = answers[index]?.error
      if (error === undefined || error === harmless[command.command]) return
      refused.push(`${command.command} ${command.username ?? command.rolename ?? ''}: ${error}`)
    })
  }
  if (refused.length === 0) return
  throw new AppError(
    'conflict',
    `Mosquitto refused ${refused.length} of ${commands.length} commands, first ${refused[0]}`,
    { fix: 'its own log says why' },
  )
}

/** The entry in an answer; undefined if `missing` is why there is none. */
export function found<T>(
  answer: Answer | undefined,
  field: string,
  missing?: string,
): T | undefined {
  if (answer?.error !== undefined && answer.error === missing) return undefined
  const value = answer?.data?.[field]
  if (value !== undefined) return value as T
  throw new AppError(
    'unavailable',
    `Mosquitto: expected ${field} in an answer, got ${answer?.error ?? 'none'}`,
    { fix: 'its own log says why' },
  )
}

async function pages<T>(dynsec: Dynsec, command: string, field: string): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const ask = { command, verbose: true, count: page, offset: all.length }
    const [answer] = await dynsec.request([ask])
    const some = found<T[]>(answer, field) ?? []
    all.push(...some)
    if (some.length < page) return all
  }
}

/**
 * The rights of acl.ts as roles of the dynamic security plugin. One role a runner: `%u` in a topic is
 * taken literally before Mosquitto 2.1. A role that we do not name here is never touched.
 */
import { type Rights, runnerRights, serverRights } from '../acl.ts'
import type { Topics } from '../topics.ts'
import type { Command } from './dynsec.ts'

/** A line of a role; the first that matches, by priority, decides. */
export interface Acl {
  acltype: string
  topic: string
  priority: number
  allow: boolean
}

export interface Role {
  rolename: string
  acls: Acl[]
}

const runnerPrefix = 'outstation-runner-'

export function runnerRoleName(id: number): string {
  return `${runnerPrefix}${id}`
}

export function runnerRole(topics: Topics, id: number): Role {
  return { rolename: runnerRoleName(id), acls: aclsOf(runnerRights(topics, id)) }
}

export function serverRole(topics: Topics): Role {
  return { rolename: 'outstation-server', acls: aclsOf(serverRights(topics)) }
}

/** The runner whose role this name is, or undefined if it is none of ours. */
export function runnerOfRole(rolename: string): number | undefined {
  return rolename.startsWith(runnerPrefix)
    ? runnerId(rolename.slice(runnerPrefix.length))
    : undefined
}

/** The id that a username is, written in the one way that we write it. */
export function runnerId(text: string): number | undefined {
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined
}

/** What brings a role from `known` (undefined = not there) to `role`; none when it is so already. */
export function roleCommands(known: Role | undefined, role: Role): Command[] {
  if (known === undefined) return [{ command: 'createRole', ...role }]
  return sameAcls(known.acls, role.acls) ? [] : [{ command: 'modifyRole', ...role }]
}

/** No right but those of a role: the answer to everything that no role mentions. */
export const defaultAccess = [
  { acltype: 'publishClientSend', allow: false },
  { acltype: 'publishClientReceive', allow: false },
  { acltype: 'subscribe', allow: false },
  { acltype: 'unsubscribe', allow: false },
] as const

/** Subscriptions literally as written, so that a wildcard or a `$share/..` is never one of them. */
function aclsOf({ publish, subscribe }: Rights): Acl[] {
  return [
    ...publish.map((topic) => allow('publishClientSend', topic)),
    ...subscribe.flatMap((topic) => [
      allow('subscribeLiteral', topic),
      allow('unsubscribeLiteral', topic),
      allow('publishClientReceive', topic),
    ]),
  ]
}

function allow(acltype: string, topic: string): Acl {
  return { acltype, topic, priority: 0, allow: true }
}

function sameAcls(left: readonly Acl[], right: readonly Acl[]): boolean {
  return left.map(textOf).sort().join('\n') === right.map(textOf).sort().join('\n')
}

function textOf({ acltype, topic, priority, allow }: Acl): string {
  return `${acltype} ${topic} ${priority} ${allow}`
}

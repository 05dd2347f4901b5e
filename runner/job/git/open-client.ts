/** Which of the two git clients a repository is brought with, and the way in that it needs. */
import type { Key } from '../../../broker/job.ts'
import type { Address } from '../../../lib/git/address.ts'
import type { JobContext } from '../context.ts'
import type { JobLog } from '../log.ts'
import type { SecretFolder } from '../secret-folder.ts'
import { httpAccess, loginOf } from './access.ts'
import type { BinaryClient } from './binary.ts'
import type { GitClient } from './client.ts'
import { sshAccess } from './ssh.ts'

export type RemoteAddress = Exclude<Address, { kind: 'local' }>

export interface Remote {
  address: RemoteAddress
  key: Key
  tree: string
  context: JobContext
  secrets: SecretFolder
  marker: Record<string, string>
  log: JobLog
  signal: AbortSignal
}

export type Closing<T> = T & { close(): Promise<void> }

/** Whether the built-in client can do it and may, and how the log says that. */
export function choose({ kind }: RemoteAddress, { settings, isolation }: JobContext) {
  if (isolation?.user !== undefined) {
    const words = `the git program as uid ${isolation.user.uid} (the built-in client is the runner)`
    return { builtIn: false, words }
  }
  if (settings.git_client === 'cmd_git') return { builtIn: false, words: 'the git program' }
  if (kind === 'http') return { builtIn: true, words: 'the built-in git client' }
  return { builtIn: false, words: `the git program (the built-in client knows http, not ${kind})` }
}

export async function openBuiltIn({ address, key, tree, signal }: Remote): Promise<GitClient> {
  const { openIsomorphic } = await import('./isomorphic.ts')
  return openIsomorphic({ tree, url: address.url, login: loginOf(key, address), signal })
}

export async function openProgram(remote: Remote): Promise<Closing<BinaryClient>> {
  const { address, tree, context, log, signal } = remote
  const user = context.isolation?.user
  const { url } = address
  const { openBinary } = await import('./binary.ts')
  const access = await wayIn(remote)
  const protocol = address.kind === 'http' ? new URL(url).protocol.slice(0, -1) : address.kind
  try {
    const client = await openBinary({ tree, url, protocol, access, log, user, signal })
    return { ...client, close: access.close }
  } catch (error) {
    await access.close()
    throw error
  }
}

function wayIn({ address, key, context, secrets, marker, signal }: Remote) {
  if (address.kind === 'ssh') {
    const { clock, knownHosts, settings } = context
    const configPath = settings.ssh_config_path
    const strict = settings.ssh?.strict_host_key_checking ?? false
    const ssh = { knownHosts, configPath, strict }
    return sshAccess(address, key, { secrets, marker, clock, signal, ...ssh })
  }
  const login = address.kind === 'http' ? loginOf(key, address) : undefined
  return httpAccess(address.url, login, secrets)
}

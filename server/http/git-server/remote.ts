import { join } from 'node:path'
import { addressGuard } from '../../feed/webhooks/address-guard.ts'
import type { HttpContext } from '../context.ts'
import type { SshRemote } from './by-ssh.ts'

/** How this server goes out to git servers. */
export function remoteOf({ config, clock }: Pick<HttpContext, 'config' | 'clock'>): SshRemote {
  const { ssh, data_dir, webhooks } = config
  return {
    guard: addressGuard({ allowPrivate: webhooks.allow_private_addresses }),
    knownHosts: ssh.known_hosts_file ?? join(data_dir, 'known_hosts'),
    strict: ssh.strict_host_key_checking,
    clock,
  }
}

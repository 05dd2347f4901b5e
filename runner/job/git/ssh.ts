/** How git speaks ssh: with the key of the repository alone, and to hosts whose key it knows. */
import type { Key } from '../../../broker/job.ts'
import { nonce } from '../../../lib/ids.ts'
import type { SecretFolder } from '../secret-folder.ts'
import { type SshAgentOptions, startSshAgent } from '../ssh-agent.ts'
import type { Access } from './access.ts'
import type { SshAddress } from './address.ts'
import { hostKeyRefusal, newPin } from './host-keys.ts'
import { openPins } from './pins.ts'

export interface SshAccessOptions extends SshAgentOptions {
  /** The runner's own file of pinned host keys. */
  knownHosts: string
  /** For `ssh -F`. */
  configPath: string | undefined
  /** Whether a host whose key is not pinned is refused. */
  strict: boolean
}

/**
 * Host keys are pinned on first use in the runner's own `known_hosts`, unless `strict`; the user's own file is read
 * too, so an operator can pin them beforehand.
 */
export async function sshAccess(
  address: SshAddress,
  key: Key,
  options: SshAccessOptions,
): Promise<Access> {
  const { knownHosts, configPath, strict, secrets } = options
  const pins = await openPins(knownHosts, secrets)
  // In a file's name, % is the start of ssh's own %d.
  const escaped = pins.path.replaceAll('%', '%%')
  const command = [
    ...['ssh', ...(configPath === undefined ? [] : ['-F', quote(configPath)])],
    ...['-o', `StrictHostKeyChecking=${strict ? 'yes' : 'accept-new'}`],
    ...['-o', quote(`UserKnownHostsFile="${escaped}" "%d/.ssh/known_hosts"`)],
    ...['-o', 'UpdateHostKeys=no', '-o', 'ForwardAgent=no', '-o', 'ClearAllForwardings=yes'],
    ...['-o', 'ConnectTimeout=30', '-o', 'ServerAliveInterval=15'],
    // A master connection of the user's own configuration would outlive git and hold its stderr.
    ...['-o', 'ControlMaster=no', '-o', 'ControlPath=none'],
  ]
  if (address.user === undefined && 'login' in key && key.login !== '') {
    command.push('-l', quote(key.login))
  }
  const words: Pick<Access, 'notice' | 'refusal'> = {
    refusal: (stderr) => hostKeyRefusal(stderr.replaceAll(pins.path, knownHosts), knownHosts),
    notice: (stderr) => newPin(stderr, knownHosts),
  }
  const closing = (close: () => Promise<void>) => async () => {
    await close()
    await pins.close()
  }
  if (key.type === 'login_password') {
    const { config, env, close } = await passwordAccess(command, key.password, secrets)
    return { ...words, config, env, close: closing(close) }
  }
  command.push('-o', 'BatchMode=yes')
  if (key.type !== 'ssh') {
    const socket = process.env.SSH_AUTH_SOCK
    return { ...words, config: [], env: env(command, socket), close: pins.close }
  }
  const agent = await startSshAgent(key, options)
  command.push('-o', 'IdentityFile=none')
  return { ...words, config: [], env: env(command, agent.socket), close: closing(agent.close) }
}

async function passwordAccess(
  command: string[],
  password: string,
  secrets: SecretFolder,
): Promise<Access> {
  const name = `ssh-password-${nonce()}`
  const path = await secrets.file(name, `${password}\n`)
  const script = await secrets.script(name, `#!/bin/sh\ncat ${quote(path)}\n`)
  const close = async () => {
    await secrets.remove(path)
    await secrets.remove(script)
  }
  const only = ['-o', 'PreferredAuthentications=password,keyboard-interactive']
  return {
    config: [],
    close,
    env: {
      ...env([...command, ...only, '-o', 'NumberOfPasswordPrompts=1'], undefined),
      SSH_ASKPASS: script,
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: ':0',
    },
  }
}

function env(command: string[], socket: string | undefined): Record<string, string> {
  return {
    GIT_SSH_COMMAND: command.join(' '),
    GIT_SSH_VARIANT: 'ssh',
    ...(socket === undefined ? {} : { SSH_AUTH_SOCK: socket }),
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

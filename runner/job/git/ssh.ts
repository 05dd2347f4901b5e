/** How git speaks ssh: with the key of the repository alone, and to hosts whose key it knows. */
import type { Key } from '../../../broker/job.ts'
import type { SshAddress } from '../../../lib/git/address.ts'
import { hostKeyRefusal, newPin } from '../../../lib/git/host-keys.ts'
import { sshEnv } from '../../../lib/git/program.ts'
import { nonce } from '../../../lib/ids.ts'
import { type SshAgentOptions, startSshAgent } from '../../../lib/ssh-agent.ts'
import type { SecretFolder } from '../secret-folder.ts'
import type { Access } from './access.ts'
import { openPins } from './pins.ts'

export interface SshAccessOptions extends Omit<SshAgentOptions, 'place'> {
  secrets: SecretFolder
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
  const known = [pins.path.replaceAll('%', '%%'), '%d/.ssh/known_hosts']
  const words: string[] = []
  if (address.user === undefined && 'login' in key && key.login !== '') {
    words.push('-l', key.login)
  }
  const env = (socket: string | undefined, ...more: string[]) =>
    sshEnv({ configPath, strict, knownHosts: known, words: [...words, ...more], socket })
  const said: Pick<Access, 'notice' | 'refusal'> = {
    refusal: (stderr) =>
      hostKeyRefusal(stderr.replaceAll(pins.path, knownHosts), knownHosts, 'runner'),
    notice: (stderr) => newPin(stderr, knownHosts),
  }
  const closing = (close: () => Promise<void>) => async () => {
    await close()
    await pins.close()
  }
  if (key.type === 'login_password') {
    const { variables, close } = await passwordAsked(key.password, secrets)
    const only = ['-o', 'PreferredAuthentications=password,keyboard-interactive']
    const asked = env(undefined, ...only, '-o', 'NumberOfPasswordPrompts=1')
    return { ...said, config: [], env: { ...asked, ...variables }, close: closing(close) }
  }
  const silent = ['-o', 'BatchMode=yes']
  if (key.type !== 'ssh') {
    const own = env(process.env.SSH_AUTH_SOCK, ...silent)
    return { ...said, config: [], env: own, close: pins.close }
  }
  const agent = await startSshAgent(key, { ...options, place: secrets })
  const one = env(agent.socket, ...silent, '-o', 'IdentityFile=none')
  return { ...said, config: [], env: one, close: closing(agent.close) }
}

async function passwordAsked(password: string, secrets: SecretFolder) {
  const name = `ssh-password-${nonce()}`
  const path = await secrets.file(name, `${password}\n`)
  const script = await secrets.script(name, `#!/bin/sh\ncat '${path.replaceAll("'", "'\\''")}'\n`)
  return {
    variables: { SSH_ASKPASS: script, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' },
    async close() {
      await secrets.remove(path)
      await secrets.remove(script)
    },
  }
}

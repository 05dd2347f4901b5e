/** How the git binary gets at the credentials of a repository without their being in argv or a URL. */
import type { Key } from '../../../broker/job.ts'
import { AppError } from '../../../lib/errors.ts'
import type { SecretFolder } from '../secret-folder.ts'
import { type SshAgentOptions, startSshAgent } from '../ssh-agent.ts'
import type { Address, Login } from './address.ts'

export interface Access {
  /** `-c` settings. */
  config: string[]
  env: Record<string, string>
  /** Takes the credentials away: the task itself never sees those of its repository. */
  close(): Promise<void>
}

const none: Access = { config: [], env: {}, close: async () => {} }

/** A key without a login is a token: it goes in both places, as hosts differ in where they look. */
export function loginOf(key: Key, address: Address): Login | undefined {
  if (key.type === 'string') return { username: key.string, password: key.string }
  if (key.type === 'login_password') {
    return { username: key.login || key.password, password: key.password }
  }
  return address.kind === 'http' ? address.login : undefined
}

/**
 * git asks a credential helper rather than GIT_ASKPASS: it can be bound to the URL's own origin, so
 * a redirect to another host gets nothing, and it needs no executable file (/dev/shm is often
 * mounted noexec).
 */
export async function httpAccess(
  url: string,
  login: Login | undefined,
  secrets: SecretFolder,
): Promise<Access> {
  if (!login) return none
  if (/[\n\r\0]/.test(login.username + login.password)) {
    throw new AppError('invalid', 'access key: git cannot use a login or password of two lines')
  }
  const text = `username=${login.username}\npassword=${login.password}\n`
  const path = await secrets.file('git-credentials', text)
  const helper = `!f() { cat '${path.replaceAll("'", "'\\''")}'; }; f`
  return {
    ...none,
    config: [`credential.${new URL(url).origin}.helper=${helper}`],
    close: () => secrets.remove(path),
  }
}

export interface SshAccessOptions extends SshAgentOptions {
  tmpPath: string
  configPath: string | undefined
}

/**
 * Host keys are pinned on first use in `tmp_path/known_hosts`; the user's own file is read too, so
 * an operator can pin them beforehand.
 */
export async function sshAccess(
  address: Extract<Address, { kind: 'ssh' }>,
  key: Key,
  options: SshAccessOptions,
): Promise<Access> {
  const known = `${options.tmpPath}/known_hosts`
  const command = [
    'ssh',
    ...(options.configPath ? ['-F', quote(options.configPath)] : []),
    ...['-o', 'StrictHostKeyChecking=accept-new'],
    ...['-o', quote(`UserKnownHostsFile="${known}" "%d/.ssh/known_hosts"`)],
    ...['-o', 'ConnectTimeout=30', '-o', 'ServerAliveInterval=15'],
    // A master connection of the user's own configuration would outlive git and hold its stderr.
    ...['-o', 'ControlMaster=no', '-o', 'ControlPath=none'],
  ]
  if (address.user === undefined && 'login' in key && key.login !== '') {
    command.push('-l', quote(key.login))
  }
  if (key.type === 'ssh') {
    const agent = await startSshAgent(key, options)
    command.push('-o', 'BatchMode=yes', '-o', 'IdentityFile=none')
    return { config: [], env: env(command, agent.socket), close: agent.close }
  }
  if (key.type === 'login_password') return passwordAccess(command, key.password, options.secrets)
  return { ...none, env: env([...command, '-o', 'BatchMode=yes'], process.env.SSH_AUTH_SOCK) }
}

async function passwordAccess(
  command: string[],
  password: string,
  secrets: SecretFolder,
): Promise<Access> {
  const path = await secrets.file('ssh-password', `${password}\n`)
  const script = await secrets.script('ssh-password', `#!/bin/sh\ncat ${quote(path)}\n`)
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

/**
 * How the git program is started: it reads no configuration but what stands here, speaks no protocol
 * but the URL's own, runs no hook and asks nobody. URLs go after `--` (CVE-2018-17456, CVE-2022-24765,
 * CVE-2022-39253, CVE-2024-32002, CVE-2025-48384).
 */

const safe = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'protocol.allow=never',
  'transfer.fsckObjects=true',
  'credential.helper=',
  'gc.auto=0',
  'advice.detachedHead=false',
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
]

/** What comes before the command. @param protocol the one that may be spoken: https, ssh, .. */
export function gitSettings(protocol: string, more: readonly string[] = []): string[] {
  const settings = [...safe, `protocol.${protocol}.allow=always`, ...more]
  return settings.flatMap((setting) => ['-c', setting])
}

/** Variables of this process that git may see: how to reach the network from here. */
const forwarded =
  /^(PATH|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|all_proxy|ALL_PROXY|SSL_CERT_(FILE|DIR)|GIT_SSL_CAINFO|GIT_SSL_CAPATH)$/

export function gitEnv(protocol: string): Record<string, string> {
  const passed = Object.entries(process.env).filter(
    (entry): entry is [string, string] => forwarded.test(entry[0]) && entry[1] !== undefined,
  )
  return {
    ...Object.fromEntries(passed),
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: protocol,
  }
}

export interface SshOptions {
  /** For `ssh -F`; undefined = what the user and the machine have. */
  configPath: string | undefined
  /** Files of pinned host keys, the first for new ones; `%` is the start of ssh's own `%d`. */
  knownHosts: readonly string[]
  /** Whether a host whose key is not pinned is refused. */
  strict: boolean
  /** Further words of the command. */
  words: readonly string[]
  /** Of the agent that has the key; undefined = none. */
  socket: string | undefined
}

/** For git: how it starts ssh. */
export function sshEnv(options: SshOptions): Record<string, string> {
  const { configPath, knownHosts, strict, words, socket } = options
  const files = knownHosts.map((file) => `"${file}"`).join(' ')
  const command = [
    ...['ssh', ...(configPath === undefined ? [] : ['-F', configPath])],
    ...['-o', `StrictHostKeyChecking=${strict ? 'yes' : 'accept-new'}`],
    ...['-o', `UserKnownHostsFile=${files}`],
    ...['-o', 'UpdateHostKeys=no', '-o', 'ForwardAgent=no', '-o', 'ClearAllForwardings=yes'],
    ...['-o', 'ConnectTimeout=30', '-o', 'ServerAliveInterval=15'],
    // A master connection of the user's own configuration would outlive git and hold its stderr.
    ...['-o', 'ControlMaster=no', '-o', 'ControlPath=none', ...words],
  ]
  return {
    GIT_SSH_COMMAND: command.map(quoted).join(' '),
    GIT_SSH_VARIANT: 'ssh',
    ...(socket === undefined ? {} : { SSH_AUTH_SOCK: socket }),
  }
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w./=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** What git says when the far side or the way to it is at fault, not the request. */
export const passing =
  /could not resolve host|connection (refused|timed out|reset|closed)|operation timed out|failed to connect|early eof|unexpected disconnect|network is unreachable|no route to host|temporary failure|returned error: (429|5\d\d)|too slow/i

/** A systemd unit for one role, hardened as far as it can bear. */
export interface UnitOptions {
  role: 'server' | 'runner'
  /** The program and its arguments. */
  command: readonly string[]
  /** Who runs it. */
  user: string
  /** Whether tasks run below it: those of a runner, of its own or built in. */
  tasks: boolean
}

/** What every process that holds secrets can bear. None of them keeps a task from `sudo`. */
const common = [
  'UMask=0077',
  // Secrets are in its memory.
  'LimitCORE=0',
  'KeyringMode=private',
  'Restart=on-failure',
  'RestartSec=5',
  // The program ends what it has started; what is left after the time is killed.
  'KillMode=mixed',
]

const own = {
  /** Whatever it starts is its own code, so it needs no more than files and sockets. */
  withoutTasks: [
    ...['NoNewPrivileges=yes', 'ProtectSystem=full', 'PrivateTmp=yes', 'PrivateDevices=yes'],
    ...['ProtectClock=yes', 'ProtectHostname=yes', 'ProtectKernelLogs=yes'],
    ...['ProtectKernelModules=yes', 'ProtectKernelTunables=yes', 'ProtectControlGroups=yes'],
    ...['RestrictRealtime=yes', 'RestrictSUIDSGID=yes', 'LockPersonality=yes'],
    ...['RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6', 'LimitNOFILE=65536'],
    'TimeoutStopSec=60',
  ],
  /** Tasks are other people's code: more would forbid what they are for. */
  withTasks: [
    // Control groups of its own for runner.limits, and to end whatever a task leaves behind.
    'Delegate=yes',
    // A task that needs too much memory ends alone.
    'OOMPolicy=continue',
    // What runs may end.
    'TimeoutStopSec=1h',
  ],
}

export function unitText({ role, command, user, tasks }: UnitOptions): string {
  return `[Unit]
Description=Outstation ${role}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
User=${user}
ExecStart=${command.map(quoted).join(' ')}
${[...common, ...(tasks ? own.withTasks : own.withoutTasks)].join('\n')}

[Install]
WantedBy=multi-user.target
`
}

/** As systemd reads a word: % and $ are its own. */
function quoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return `"${escaped.replaceAll('%', '%%').replaceAll('$', '$$$$')}"`
}

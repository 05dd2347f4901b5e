/** What to paste on the machine of a new runner. Pure. */

export interface Installation {
  /** The server's address as the browser sees it, which is known to work. */
  server: string
  token: string
  /** PEM of the CA to trust beside the system's; undefined = none. */
  caPem: string | undefined
}

export interface Way {
  name: string
  text: string
  hint?: string
}

export function waysToInstall(installation: Installation): Way[] {
  return [
    {
      name: 'Commands',
      text: commands(installation),
      hint: 'In a folder of its own. The files hold what only this runner may read.',
    },
    { name: 'Config file', text: configFile(installation), hint: inlineHint(installation) },
    { name: 'Environment', text: environment(installation), hint: inlineHint(installation) },
    {
      name: 'Container',
      text: container(installation),
      hint: 'IMAGE is one with outstation and the tools that your tasks need. The folder keeps what the runner remembers.',
    },
    {
      name: 'systemd',
      text: systemd(installation),
      hint: 'As root. "outstation" has to be on the PATH.',
    },
  ]
}

const inlineHint = ({ caPem }: Installation) =>
  caPem ? 'ca.pem is the CA of this server: the tab "Commands" writes it.' : ''

function settings({ server, caPem }: Installation, runner: object, folder = '') {
  const all = { ...runner, ...(caPem && { ca_file: `${folder}ca.pem` }) }
  return JSON.stringify({ web_host: server, runner: all }, null, 2)
}

function configFile(installation: Installation): string {
  return settings(installation, { token: installation.token })
}

function filesIn(installation: Installation, folder: string): string[] {
  const { token, caPem } = installation
  return [
    ...(caPem ? [`cat > ca.pem <<'END'\n${caPem}\nEND`] : []),
    `cat > runner.token <<'END'\n${token}\nEND`,
    `cat > runner.json <<'END'\n${settings(installation, { token_file: `${folder}runner.token` }, folder)}\nEND`,
  ]
}

function commands(installation: Installation): string {
  return ['umask 077', ...filesIn(installation, ''), 'outstation runner --config runner.json'].join(
    '\n',
  )
}

function environment({ server, token, caPem }: Installation): string {
  return [
    `OUTSTATION_WEB_HOST=${server}`,
    `OUTSTATION_RUNNER_TOKEN=${token}`,
    ...(caPem ? ['OUTSTATION_RUNNER_CA_FILE=/etc/outstation/ca.pem'] : []),
  ].join('\n')
}

function container(installation: Installation): string {
  return [
    'umask 077; mkdir -p outstation-runner && cd outstation-runner',
    ...filesIn(installation, '/etc/outstation/'),
    'podman run --detach --name outstation-runner --restart unless-stopped \\',
    '  --volume "$PWD:/etc/outstation" \\',
    '  IMAGE outstation runner --config /etc/outstation/runner.json',
  ].join('\n')
}

/** The same as examples/systemd, in one go. */
function systemd(installation: Installation): string {
  const files = filesIn(installation, '/etc/outstation/')
  return [
    'useradd --system --create-home --home-dir /var/lib/outstation-runner outstation-runner',
    'umask 077; mkdir -p /etc/outstation && cd /etc/outstation',
    ...files,
    'chown -R outstation-runner: /etc/outstation',
    `cat > /etc/systemd/system/outstation-runner.service <<'END'
[Unit]
Description=Outstation runner
Wants=network-online.target
After=network-online.target

[Service]
User=outstation-runner
StateDirectory=outstation-runner
StateDirectoryMode=0700
ExecStart=/usr/bin/env outstation runner --config /etc/outstation/runner.json
Restart=on-failure
RestartSec=2
KillMode=mixed
TimeoutStopSec=1h
Delegate=true
PrivateTmp=true

[Install]
WantedBy=multi-user.target
END`,
    'systemctl daemon-reload && systemctl enable --now outstation-runner',
  ].join('\n')
}

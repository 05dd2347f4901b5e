/**
 * What to paste on the machine of a new runner, in a shell: what it needs beside Node or a container engine
 * comes from the server. Pure.
 */
import { containerfile } from './containerfile.ts'

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
  hint: string
}

export function waysToInstall(installation: Installation): Way[] {
  return [
    {
      name: 'Config file',
      text: configFile(installation),
      hint: 'With Node 20.17 or newer. All of it stays in the folder outstation-runner.',
    },
    {
      name: 'Piped setup',
      text: pipedSetup(installation),
      hint: 'The same by "runner setup", which checks the answers and writes a file with comments.',
    },
    {
      name: 'Environment',
      text: environment(installation),
      hint: 'The same without a configuration file, for whatever starts programs on that machine.',
    },
    {
      name: 'Container',
      text: container(installation),
      hint: 'With podman or docker. Add to the Containerfile what your tasks need beside Ansible and git.',
    },
    {
      name: 'systemd',
      text: systemd(installation),
      hint: 'As root, with Node 20.17 or newer. Starts with the machine; see "systemctl status outstation-runner".',
    },
  ]
}

const folder = 'mkdir -p outstation-runner && cd outstation-runner && umask 077'

const file = (name: string, text: string) => `cat > ${name} <<'END'\n${text}\nEND`

/** The program, from the server; with its CA, if that is not one of the system's. */
function program({ server, caPem }: Installation): string[] {
  const trust = caPem ? '--cacert ca.pem ' : ''
  return [
    ...(caPem ? [file('ca.pem', caPem)] : []),
    `curl -fsS --compressed ${trust}-O ${server}/outstation.mjs`,
  ]
}

function settings({ server, token, caPem }: Installation): string {
  const runner = { token, ...(caPem && { ca_file: 'ca.pem' }) }
  return file('runner.json', JSON.stringify({ web_host: server, runner }, null, 2))
}

function variables({ server, token, caPem }: Installation, caFile: string): string[] {
  return [
    `OUTSTATION_WEB_HOST=${server}`,
    `OUTSTATION_RUNNER_TOKEN=${token}`,
    ...(caPem ? [`OUTSTATION_RUNNER_CA_FILE=${caFile}`] : []),
  ]
}

const run = 'node outstation.mjs runner --config runner.json'

function configFile(installation: Installation): string {
  return [folder, ...program(installation), settings(installation), run].join('\n')
}

function pipedSetup(installation: Installation): string {
  const { server, token, caPem } = installation
  const trust = caPem ? ' --ca-file ca.pem' : ''
  return [
    folder,
    ...program(installation),
    `node outstation.mjs runner setup --config runner.json${trust} <<'END'`,
    server,
    // Keep the token in a file of its own? Which? Is there one?
    ...['yes', 'runner.token', 'yes'],
    token,
    'END',
    run,
  ].join('\n')
}

function environment(installation: Installation): string {
  const all = [...variables(installation, '"$PWD/ca.pem"'), 'STATE_DIRECTORY="$PWD/state"']
  return [
    folder,
    ...program(installation),
    ...all.map((variable) => `export ${variable}`),
    'node outstation.mjs runner start --no-config',
  ].join('\n')
}

function container(installation: Installation): string {
  const caFile = '/usr/local/lib/outstation/ca.pem'
  return [
    folder,
    ...program(installation),
    file('runner.env', variables(installation, caFile).join('\n')),
    file('Containerfile', containerfile),
    'engine=$(command -v podman || command -v docker)',
    '"$engine" build --tag outstation-runner --file Containerfile .',
    '"$engine" run --detach --name outstation-runner --hostname "$(uname -n)" \\',
    '  --restart unless-stopped --stop-timeout 3600 --env-file runner.env \\',
    '  --volume outstation-runner:/var/lib/outstation-runner outstation-runner',
  ].join('\n')
}

function systemd(installation: Installation): string {
  return [
    'id -u outstation-runner > /dev/null 2>&1 ||',
    '  useradd --system --home-dir /var/lib/outstation-runner outstation-runner',
    'install -d -m 700 /var/lib/outstation-runner && cd /var/lib/outstation-runner && umask 077',
    ...program(installation),
    'install -m 755 outstation.mjs /usr/local/lib/',
    'ln -sf ../lib/outstation.mjs /usr/local/bin/outstation',
    settings(installation),
    'chown -R outstation-runner: .',
    'outstation runner install --config runner.json --user outstation-runner',
  ].join('\n')
}

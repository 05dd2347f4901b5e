/** The server itself: running it, setting it up, the key of its secrets. */
import type { Sade } from 'sade'
import { config, person, serviceCommands } from './flags.ts'

export function serverCommands(program: Sade): void {
  config(program.command('server', 'Run the server', { alias: 'service' }))
    .example('server --config /etc/outstation/server.json')
    .action(async (flags) => (await import('../start-server.ts')).startTheServer(flags))

  person(
    config(program.command('setup', 'Write the configuration of a server, add its first admin')),
  )
    .option('--data-dir', 'FOLDER  Database, CA and keys')
    .option('--port', 'PORT  Of web interface and API')
    .option('--web-host', 'URL  How others reach it')
    .option('--yes', 'Ask nothing: flags, else the usual answers')
    .example('setup --config /etc/outstation/server.json')
    .example('setup --yes --config server.json --data-dir ./data --login admin')
    .action(async (flags) => (await import('../setup-server.ts')).setupTheServer(flags))

  serviceCommands(program, 'server')

  config(program.command('migrate', 'Bring the database up to this version, as a start does'))
    .option('--check', 'Change nothing; exit code 1 if something is to be done')
    .example('migrate --check --config server.json')
    .action(async (flags) => (await import('../migrate.ts')).migrate(flags))

  config(
    program.command('vault check', 'Try whether all stored secrets open with the configured key'),
  )
    .example('vault check --config server.json')
    .action(async (flags) => (await import('../vault.ts')).check(flags))

  config(program.command('vault rekey', 'Seal all stored secrets anew, under the configured key'))
    .option('--old-key-file', 'FILE  Holds the key that they lie under; - is standard input')
    .example('vault rekey --config server.json --old-key-file old.key')
    .action(async (flags) => (await import('../vault.ts')).rekey(flags))
}

/** Who may log in. */
import type { Sade } from 'sade'
import { config, json, person } from './flags.ts'

export function userCommands(program: Sade): void {
  person(config(program.command('user add', 'Add a user')))
    .option('--admin', 'May do everything')
    .example('user add --admin --login ann --name Ann --email ann@example.org --password-file -')
    .action(async (flags) => (await import('../users.ts')).add(flags))

  json(config(program.command('user list', 'List the users')))
    .example('user list --json')
    .action(async (flags) => (await import('../users.ts')).list(flags))

  config(program.command('user delete', 'Delete a user'))
    .option('--login', 'LOGIN  Who')
    .example('user delete --login ann')
    .action(async (flags) => (await import('../users.ts')).remove(flags))

  person(config(program.command('user change-by-login', 'Change name, email, password or rights')))
    .option('--admin', 'May do everything; --no-admin takes that away')
    .example('user change-by-login --login ann --password-file new-password.txt')
    .action(async (flags) => (await import('../users.ts')).change(flags))

  config(program.command('user token', 'Print a new API token of a user'))
    .option('--login', 'LOGIN  Whose')
    .example('user token --login ann --config server.json > token.txt')
    .action(async (flags) => (await import('../users.ts')).token(flags))
}

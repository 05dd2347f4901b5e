/** Who may log in. */
import type { Sade } from 'sade'
import { config, json, person, who } from './flags.ts'

export function userCommands(program: Sade): void {
  person(config(program.command('user add', 'Add a user')))
    .option('--admin', 'May do everything')
    .example('user add --admin --login ann --name Ann --email ann@example.org --password-file -')
    .action(async (flags) => (await import('../users.ts')).add(flags))

  json(config(program.command('user list', 'List the users')))
    .example('user list --json')
    .action(async (flags) => (await import('../users.ts')).list(flags))

  json(who(config(program.command('user get', 'Show a user'))))
    .example('user get --email ann@example.org --json')
    .action(async (flags) => (await import('../users.ts')).get(flags))

  who(config(program.command('user delete', 'Delete a user')))
    .example('user delete --login ann')
    .action(async (flags) => (await import('../users.ts')).remove(flags))

  for (const key of ['login', 'email'] as const) {
    const what = `Change what is given of the user with this ${key}`
    person(config(program.command(`user change-by-${key}`, what)))
      .option('--admin', 'May do everything; --no-admin takes that away')
      .example(
        `user change-by-${key} --${key} ${key === 'login' ? 'ann' : 'ann@example.org'} --password-file new-password.txt`,
      )
      .action(async (flags) => (await import('../users.ts')).changeBy(key, flags))
  }

  who(config(program.command('user token', 'Print a new API token of a user')))
    .example('user token --login ann --config server.json > token.txt')
    .action(async (flags) => (await import('../users.ts')).token(flags))
}

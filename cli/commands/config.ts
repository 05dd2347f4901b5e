/** What a configuration says. */
import type { Sade } from 'sade'
import { config, json } from './flags.ts'

export function configCommands(program: Sade): void {
  json(config(program.command('config show [role]', 'Show every setting, and who said so')))
    .example('config show --config /etc/outstation/server.json')
    .example('config show runner --json')
    .action(async (role, flags) => (await import('../config/show.ts')).showConfig(role, flags))

  program
    .command('config schema <role>', 'Print the JSON Schema of a configuration, for editors')
    .example('config schema server > outstation-server.schema.json')
    .action(async (role) => (await import('../config/show.ts')).printSchema(role))
}

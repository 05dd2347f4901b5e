/** `outstation migrate` */
import { migrateNow, pendingIn } from '../server/migrations.ts'
import { type ConfigFlags, serverConfig } from './config/load.ts'

export interface MigrateFlags extends ConfigFlags {
  check?: boolean
}

/** With `--check` nothing is changed, and exit code 1 says that something is to be done. */
export async function migrate(flags: MigrateFlags): Promise<void> {
  const config = serverConfig(flags)
  const names = await (flags.check ? pendingIn(config) : migrateNow(config))
  for (const name of names) console.log(flags.check ? `to be done: ${name}` : `done: ${name}`)
  if (names.length === 0) console.log('The database is up to date')
  else if (flags.check) process.exitCode = 1
}

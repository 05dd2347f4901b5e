/** `outstation config ..` */
import { editorSchema } from '../../lib/config/json-schema.ts'
import { readSource, type Source } from '../../lib/config/read.ts'
import { settingsOf } from '../../lib/config/settings.ts'
import { AppError } from '../../lib/errors.ts'
import { RunnerFile, toRunnerConfig } from '../../runner/config.ts'
import { ServerFile } from '../../server/config/file.ts'
import { toServerConfig } from '../../server/config.ts'
import { tableOf } from '../table.ts'
import type { ConfigFlags } from './load.ts'

interface Role {
  schema: typeof ServerFile | typeof RunnerFile
  title: string
  toConfig(source: Source): { warnings: string[] }
}

const roles: Record<string, Role> = {
  server: { schema: ServerFile, title: 'Outstation server', toConfig: toServerConfig },
  runner: { schema: RunnerFile, title: 'Outstation runner', toConfig: toRunnerConfig },
}

export interface ShowFlags extends ConfigFlags {
  json?: boolean
}

/** What counts now and who said so: a file and its line, a variable, or nobody. */
export async function showConfig(role: string | undefined, flags: ShowFlags): Promise<void> {
  const { schema, toConfig } = roleOf(role)
  const source = readSource({ configFile: flags.config, role: role ?? 'server', env: process.env })
  const config = toConfig(source)
  const settings = settingsOf(schema, source, config)
  const { warnings } = config
  if (flags.json) return console.log(JSON.stringify({ file: source.file, settings, warnings }))
  const rows = settings.map(({ setting, value, from }) => [setting, JSON.stringify(value), from])
  console.log(tableOf(['SETTING', 'VALUE', 'FROM'], rows))
  for (const warning of warnings) console.log(`warning: ${warning}`)
}

export function printSchema(role: string): void {
  const { schema, title } = roleOf(role)
  console.log(JSON.stringify(editorSchema(schema, title), null, 2))
}

function roleOf(role = 'server'): Role {
  const found = Object.hasOwn(roles, role) ? roles[role] : undefined
  if (found !== undefined) return found
  throw new AppError('usage', `expected server or runner, got "${role}"`)
}

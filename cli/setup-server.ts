/** `outstation setup`: the wizard with who answers it. */
import { readNamed } from '../lib/read-named.ts'
import { setupServer } from '../server/setup.ts'
import { fileToWrite, numberOf } from './flag-values.ts'
import { withAsk } from './prompts.ts'
import type { PersonFlags } from './users.ts'

export interface ServerSetupFlags extends PersonFlags {
  'data-dir'?: string
  port?: string
  'web-host'?: string
  yes?: boolean
}

export async function setupTheServer(flags: ServerSetupFlags): Promise<void> {
  const file = flags['password-file']
  const answers = {
    config: fileToWrite(flags),
    dataDir: flags['data-dir'],
    port: numberOf('port', flags.port),
    webHost: flags['web-host'],
    login: flags.login,
    email: flags.email,
    name: flags.name,
    password: file === undefined ? flags.password : readNamed('--password-file', file),
    yes: Boolean(flags.yes),
  }
  await withAsk((ask) => setupServer(answers, ask, process.env))
}

/** Someone who may do everything: logs in with a password, programs come with a token. */
import { type Client, createClient } from '../../cli/client.ts'
import { secretToken } from '../../lib/ids.ts'
import type { Server } from './server.ts'
import type { Stage } from './stage.ts'

export interface Admin {
  login: string
  password: string
  /** What `outstation task ..` needs to know. */
  env: { OUTSTATION_HOST: string; OUTSTATION_CA_FILE: string; OUTSTATION_TOKEN: string }
  api: Client
}

export async function addAdmin(stage: Stage, { url, caFile }: Server): Promise<Admin> {
  const { terminal, outstation } = stage
  terminal.step('An administrator')
  const login = 'admin'
  const password = secretToken('').slice(0, 16)
  const add = ['user', 'add', '--admin', '--login', login, '--name', 'Admin']
  const more = ['--email', 'admin@localhost', '--password-file', '-', '--config', 'server.json']
  terminal.command(`outstation ${add.join(' ')} \\`)
  terminal.line(`    ${more.join(' ')} < password`)
  terminal.line(await outstation.run([...add, ...more], { input: password }))

  const token = ['user', 'token', '--login', login, '--config', 'server.json']
  const env = {
    OUTSTATION_HOST: url,
    OUTSTATION_CA_FILE: caFile,
    OUTSTATION_TOKEN: await outstation.run(token),
  }
  return { login, password, env, api: createClient({}, env) }
}

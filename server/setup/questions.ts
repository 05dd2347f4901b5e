/** The questions of `outstation setup`; each has a flag, and `--yes` takes the usual answers. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { type Ask, isWebUrl } from '../../lib/ask.ts'
import { type Env, usualPlace } from '../../lib/config/read.ts'
import { stateDirectory } from '../../lib/config/shared-keys.ts'
import { AppError } from '../../lib/errors.ts'
import { secretToken } from '../../lib/ids.ts'
import type { NewUser } from '../users.ts'

/** What the command line has answered already; undefined = ask. */
export interface ServerSetupFlags {
  config?: string | undefined
  dataDir?: string | undefined
  port?: number | undefined
  webHost?: string | undefined
  login?: string | undefined
  email?: string | undefined
  name?: string | undefined
  password?: string | undefined
  /** Nobody is to be asked: flags, else the usual answers. */
  yes?: boolean
}

export interface ServerAnswers {
  configFile: string
  dataDir: string
  port: number
  webHost: string
  registrationToken: string
  admin: Omit<NewUser, 'admin'>
  /** True if the password was made up here and has to be shown. */
  passwordMade: boolean
}

export async function askAll(flags: ServerSetupFlags, ask: Ask, env: Env): Promise<ServerAnswers> {
  const dataDir = await text(
    'Data folder',
    '--data-dir',
    flags.dataDir,
    stateDirectory(env, 'outstation'),
  )
  const port = portOf(await text('Port', '--port', flags.port?.toString(), '3000'))
  const webHost = await text(
    'Public URL',
    '--web-host',
    flags.webHost,
    `https://${hostname()}:${port}`,
  )
  expectWebUrl(webHost)
  const login = await text('Login of the first admin', '--login', flags.login, 'admin')
  const email = await text('Email', '--email', flags.email, `${login}@localhost`)
  const name = await text('Name', '--name', flags.name, login)
  const chosen = flags.password ?? (flags.yes ? undefined : await askPassword(ask))
  const password = chosen || randomBytes(12).toString('base64url')
  const file = await text('Configuration file', '--config', flags.config, usualPlace('server', env))
  return {
    configFile: resolve(file),
    dataDir: resolve(dataDir),
    port,
    webHost: webHost.replace(/\/+$/, ''),
    registrationToken: secretToken('osr_'),
    admin: { login, email, name, password },
    passwordMade: !chosen,
  }

  async function text(message: string, flag: string, given: string | undefined, otherwise: string) {
    if (given !== undefined) return given
    return flags.yes ? otherwise : await ask.text({ message, flag, otherwise })
  }
}

async function askPassword(ask: Ask): Promise<string> {
  const message = 'Password (empty: one is made and shown)'
  return await ask.secret({ message, flag: '--password-file', otherwise: '' })
}

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new AppError('usage', `--port: expected a number from 0 to 65535, got "${text}"`)
}

function expectWebUrl(text: string): void {
  if (isWebUrl(text)) return
  throw new AppError('usage', `--web-host: expected a URL such as https://host:3000, got "${text}"`)
}

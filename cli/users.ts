/** `outstation user ..` */
import { AppError } from '../lib/errors.ts'
import { readNamed } from '../lib/read-named.ts'
import * as users from '../server/users.ts'
import { type ConfigFlags, serverConfig } from './config/load.ts'
import { withAsk } from './prompts.ts'
import { readStdin } from './stdin.ts'
import { tableOf } from './table.ts'

export interface ListFlags extends ConfigFlags {
  json?: boolean
}

/** By what a user is named. */
export interface WhoFlags extends ConfigFlags {
  login?: string
  email?: string
}

export interface GetFlags extends WhoFlags {
  json?: boolean
}

export interface PersonFlags extends WhoFlags {
  name?: string
  password?: string
  'password-file'?: string
}

export interface UserFlags extends PersonFlags {
  admin?: boolean
}

export async function add(flags: UserFlags): Promise<void> {
  const login = given('login', flags.login)
  const name = given('name', flags.name)
  const email = given('email', flags.email)
  const password = (await passwordOf(flags)) ?? (await askPassword(login))
  const user = { login, name, email, password, admin: Boolean(flags.admin) }
  await users.addUser(serverConfig(flags), user)
  console.log(`User ${login} <${email}> added`)
}

export async function list(flags: ListFlags): Promise<void> {
  const all = await users.allUsers(serverConfig(flags))
  if (flags.json) return console.log(JSON.stringify(all))
  const rows = all.map(({ login, name, email, admin }) => [
    login,
    name,
    email,
    admin ? 'admin' : '',
  ])
  console.log(tableOf(['LOGIN', 'NAME', 'EMAIL', ''], rows))
}

export async function get(flags: GetFlags): Promise<void> {
  const user = await users.findUser(serverConfig(flags), whoOf(flags))
  if (flags.json) return console.log(JSON.stringify(user))
  const { login, name, email, admin } = user
  console.log(tableOf(['LOGIN', 'NAME', 'EMAIL', ''], [[login, name, email, admin ? 'admin' : '']]))
}

export async function remove(flags: WhoFlags): Promise<void> {
  const who = whoOf(flags)
  await users.removeUser(serverConfig(flags), who)
  console.log(`User ${Object.values(who)} deleted`)
}

/** Changes what is given but that by which the user is named. `--no-admin` takes rights away. */
export async function changeBy(key: 'login' | 'email', flags: UserFlags): Promise<void> {
  const value = given(key, flags[key])
  const { login, name, email, admin } = flags
  const password = await passwordOf(flags)
  const changes = Object.entries({ login, name, email, admin, password }).filter(
    ([field, to]) => field !== key && to !== undefined,
  )
  if (changes.length === 0) throw new AppError('usage', 'expected something to change, got nothing')
  const who = { [key]: value } as users.Who
  await users.changeUser(serverConfig(flags), who, Object.fromEntries(changes))
  console.log(`User ${value} changed`)
}

/** Prints a new API token, and nothing else, so that a script can take it. */
export async function token(flags: WhoFlags): Promise<void> {
  console.log(await users.newToken(serverConfig(flags), whoOf(flags)))
}

function whoOf({ login, email }: WhoFlags): users.Who {
  if (login !== undefined) return { login }
  if (email !== undefined) return { email }
  throw new AppError('usage', '--login or --email: expected one of them, got neither')
}

function given(flag: string, value: string | undefined): string {
  if (value !== undefined) return value
  throw new AppError('usage', `--${flag}: expected a value, got nothing`)
}

/** A password in the arguments is seen by everybody on this machine; a file or pipe is not. */
async function passwordOf(flags: PersonFlags): Promise<string | undefined> {
  const { password, 'password-file': file } = flags
  if (file === undefined) return password
  return file === '-' ? await readStdin() : readNamed('--password-file', file)
}

function askPassword(login: string): Promise<string> {
  return withAsk((ask) =>
    ask.secret({ message: `Password of ${login}`, flag: '--password-file FILE' }),
  )
}

/** The questions of `runner setup`, Semaphore's and in its order, so that piped answers still fit. */
import { existsSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type Ask, isWebUrl } from '../../lib/ask.ts'
import { type Env, usualPlace } from '../../lib/config/read.ts'
import { AppError } from '../../lib/errors.ts'
import { readNamed } from '../../lib/read-named.ts'

/** What the command line has answered already; undefined = ask. */
export interface RunnerSetupFlags {
  config?: string | undefined
  webHost?: string | undefined
  /** If it holds a token, that is the runner's. */
  tokenFile?: string | undefined
  registrationTokenFile?: string | undefined
  caFile?: string | undefined
  caFingerprint?: string | undefined
  name?: string | undefined
  tmpPath?: string | undefined
  maxParallelTasks?: number | undefined
  /** Nobody is to be asked: flags, else the usual answers. */
  yes?: boolean
}

export interface RunnerAnswers {
  configFile: string
  webHost: string
  /** undefined = the token is kept in the configuration itself. */
  tokenFile: string | undefined
  /** A token that was typed in, still to be saved. */
  token: string | undefined
  /** True if a token was typed in or is in `tokenFile` already. */
  hasToken: boolean
  /** To register with, now. */
  registrationToken: string | undefined
  caFile: string | undefined
  caFingerprint: string | undefined
  name: string
  tmpPath: string | undefined
  maxParallelTasks: number
}

export async function askAll(flags: RunnerSetupFlags, ask: Ask, env: Env): Promise<RunnerAnswers> {
  const webHost = await askWebHost(flags, ask)
  const tokenFile = await askTokenFile(flags, ask)
  const held = flags.tokenFile !== undefined && existsSync(resolve(flags.tokenFile))
  const token = held ? undefined : await askToken(flags, ask)
  const hasToken = held || token !== undefined
  const registrationToken = hasToken ? undefined : await askRegistrationToken(flags, ask)
  const configFile = await askConfigFile(flags, ask, env)
  return {
    configFile,
    webHost,
    tokenFile,
    token,
    hasToken,
    registrationToken,
    caFile: flags.caFile === undefined ? undefined : resolve(flags.caFile),
    caFingerprint: await askFingerprint(flags, ask, webHost),
    name: flags.name ?? hostname(),
    tmpPath: flags.tmpPath === undefined ? undefined : resolve(flags.tmpPath),
    maxParallelTasks: flags.maxParallelTasks ?? 0,
  }
}

async function askWebHost({ webHost, yes }: RunnerSetupFlags, ask: Ask): Promise<string> {
  if (webHost === undefined && yes) throw new AppError('usage', '--web-host: expected with --yes')
  const message = 'Server URL (https://host:3000)'
  const answer = webHost ?? (await ask.text({ message, flag: '--web-host', wrong: wrongUrl }))
  const wrong = wrongUrl(answer)
  if (wrong !== undefined) throw new AppError('usage', `--web-host: ${wrong}, got "${answer}"`)
  return answer.replace(/\/+$/, '')
}

/** Asked last, and at a terminal only: Semaphore has no such question, and its scripts no answer to it. */
async function askFingerprint(
  { caFile, caFingerprint, yes }: RunnerSetupFlags,
  ask: Ask,
  webHost: string,
): Promise<string | undefined> {
  const needless = yes || caFile !== undefined || !ask.interactive || webHost.startsWith('http:')
  if (caFingerprint !== undefined || needless) return caFingerprint
  const message = 'Fingerprint of its CA (printed by the server; empty for a public certificate)'
  return (await ask.text({ message, flag: '--ca-fingerprint', otherwise: '' })) || undefined
}

async function askTokenFile(flags: RunnerSetupFlags, ask: Ask): Promise<string | undefined> {
  if (flags.tokenFile !== undefined) return resolve(flags.tokenFile)
  const flag = '--token-file'
  const otherwise = join(dirname(resolve(flags.config ?? '.')), 'runner.token')
  if (flags.yes) return otherwise
  const message = 'Keep the token in a file of its own?'
  // To a script an empty line is Semaphore's usual answer.
  if (!(await ask.confirm({ message, flag, otherwise: ask.interactive }))) return undefined
  return resolve(await ask.text({ message: 'Path of that file', flag, otherwise }))
}

async function askToken(flags: RunnerSetupFlags, ask: Ask): Promise<string | undefined> {
  if (flags.yes || flags.registrationTokenFile !== undefined) return undefined
  const flag = '--token-file'
  const message = "Do you have the runner's token?"
  if (!(await ask.confirm({ message, flag, otherwise: false }))) return undefined
  return await ask.secret({ message: "The runner's token", flag })
}

async function askRegistrationToken(
  flags: RunnerSetupFlags,
  ask: Ask,
): Promise<string | undefined> {
  const { registrationTokenFile: file, yes } = flags
  const flag = '--registration-token-file'
  if (file !== undefined) return readNamed(flag, resolve(file))
  if (yes) return undefined
  const message = 'Register the runner on the server now?'
  if (!(await ask.confirm({ message, flag, otherwise: false }))) return undefined
  return await ask.secret({ message: 'Registration token', flag })
}

/** Semaphore asks for a folder, so one will do. */
async function askConfigFile(flags: RunnerSetupFlags, ask: Ask, env: Env): Promise<string> {
  const otherwise = usualPlace('runner', env)
  if (flags.config !== undefined) return resolve(flags.config)
  if (flags.yes) return otherwise
  const question = { message: 'Configuration file', flag: '--config', otherwise }
  let answer = await ask.text(question)
  while (!ask.interactive && isOfPrivateKey(answer)) answer = await ask.text(question)
  const isFolder = answer.endsWith('/') || isDirectory(answer)
  return isFolder ? resolve(answer, 'config.runner.json') : resolve(answer)
}

/** Semaphore 2.13 also asks for a private key, by yes or no and then a file; nothing has that name here. */
function isOfPrivateKey(answer: string): boolean {
  return /^(y|yes|n|no)$|\.(key|pem)$/i.test(answer)
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function wrongUrl(answer: string): string | undefined {
  return isWebUrl(answer) ? undefined : 'expected a URL such as https://host:3000'
}

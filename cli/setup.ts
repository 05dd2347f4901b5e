/** `outstation setup`, `outstation runner setup`: the wizards with who answers them. */
import { AppError } from '../lib/errors.ts'
import { readNamed } from '../lib/read-named.ts'
import { setupRunner } from '../runner/setup.ts'
import { setupServer } from '../server/setup.ts'
import type { ConfigFlags } from './config/load.ts'
import { numberOf } from './flag-values.ts'
import { withAsk } from './prompts.ts'
import type { PersonFlags } from './users.ts'

export interface ServerFlags extends PersonFlags {
  'data-dir'?: string
  port?: string
  'web-host'?: string
  yes?: boolean
}

export interface RunnerFlags extends ConfigFlags {
  'web-host'?: string
  'token-file'?: string
  'registration-token-file'?: string
  'ca-file'?: string
  'ca-fingerprint'?: string
  name?: string
  'tmp-path'?: string
  'max-parallel-tasks'?: string
  yes?: boolean
}

export async function setupTheServer(flags: ServerFlags): Promise<void> {
  const file = flags['password-file']
  const answers = {
    config: fileOf(flags),
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

export async function setupARunner(flags: RunnerFlags): Promise<void> {
  const answers = {
    config: fileOf(flags),
    webHost: flags['web-host'],
    tokenFile: flags['token-file'],
    registrationTokenFile: flags['registration-token-file'],
    caFile: flags['ca-file'],
    caFingerprint: flags['ca-fingerprint'],
    name: flags.name,
    tmpPath: flags['tmp-path'],
    maxParallelTasks: numberOf('max-parallel-tasks', flags['max-parallel-tasks']),
    yes: Boolean(flags.yes),
  }
  await withAsk((ask) => setupRunner(answers, ask, process.env))
}

/** @throws AppError `usage` */
function fileOf({ config }: ConfigFlags): string | undefined {
  if (config !== false) return config
  throw new AppError('usage', '--no-config: expected a file to write, got none', {
    fix: 'give --config FILE',
  })
}

/** `outstation setup`, `outstation runner setup`: the wizards with who answers them. */
import { AppError } from '../lib/errors.ts'
import { readNamed } from '../lib/read-named.ts'
import { setupRunner } from '../runner/setup.ts'
import { setupServer } from '../server/setup.ts'
import { numberOf } from './flag-values.ts'
import { withAsk } from './prompts.ts'

type Flags = Record<string, string | boolean | undefined>

export async function setupTheServer(flags: Flags): Promise<void> {
  const text = (flag: string) => flags[flag] as string | undefined
  const file = text('password-file')
  const answers = {
    config: fileOf(flags),
    dataDir: text('data-dir'),
    port: numberOf('port', text('port')),
    webHost: text('web-host'),
    login: text('login'),
    email: text('email'),
    name: text('name'),
    password: file === undefined ? text('password') : readNamed('--password-file', file),
    yes: Boolean(flags.yes),
  }
  await withAsk((ask) => setupServer(answers, ask, process.env))
}

export async function setupARunner(flags: Flags): Promise<void> {
  const text = (flag: string) => flags[flag] as string | undefined
  const answers = {
    config: fileOf(flags),
    webHost: text('web-host'),
    tokenFile: text('token-file'),
    registrationTokenFile: text('registration-token-file'),
    caFile: text('ca-file'),
    caFingerprint: text('ca-fingerprint'),
    name: text('name'),
    tmpPath: text('tmp-path'),
    maxParallelTasks: numberOf('max-parallel-tasks', text('max-parallel-tasks')),
    yes: Boolean(flags.yes),
  }
  await withAsk((ask) => setupRunner(answers, ask, process.env))
}

/** @throws AppError `usage` */
function fileOf({ config }: Flags): string | undefined {
  if (config !== false) return config as string | undefined
  throw new AppError('usage', '--no-config: expected a file to write, got none', {
    fix: 'give --config FILE',
  })
}

/** `outstation runner setup`: the wizard with who answers it. */
import { setupRunner } from '../runner/setup.ts'
import type { ConfigFlags } from './config/load.ts'
import { fileToWrite, numberOf } from './flag-values.ts'
import { withAsk } from './prompts.ts'

export interface RunnerSetupFlags extends ConfigFlags {
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

export async function setupARunner(flags: RunnerSetupFlags): Promise<void> {
  const answers = {
    config: fileToWrite(flags),
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

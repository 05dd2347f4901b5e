/** Where the runner keeps its token: in a file of its own, else inside the configuration. */
import { existsSync, rmSync } from 'node:fs'
import { setInFile } from '../lib/config/edit.ts'
import { AppError } from '../lib/errors.ts'
import { writePrivate } from '../lib/private-file.ts'
import { readNamed } from '../lib/read-named.ts'
import type { RunnerConfig } from './config.ts'

/** The token, or undefined if the runner is not registered. */
export function readToken({ runner }: RunnerConfig): string | undefined {
  if (runner.token !== undefined) return runner.token
  if (runner.token_file === undefined || !existsSync(runner.token_file)) return undefined
  return readNamed('runner.token_file', runner.token_file).trim() || undefined
}

/** @throws AppError `config` if there is nowhere to keep one: better before a server has made it */
export function expectTokenPlace({ file, runner }: RunnerConfig): void {
  if (runner.token_file !== undefined || file !== undefined) return
  throw new AppError('config', 'runner.token_file: expected where to keep the token, got nothing', {
    fix: 'set it in the configuration or as OUTSTATION_RUNNER_TOKEN_FILE',
  })
}

/** Overwrites the token of an earlier registration, wherever that was kept. */
export function saveToken({ file, runner }: RunnerConfig, token: string): void {
  if (runner.token_file === undefined) {
    if (file !== undefined) setInFile(file, 'runner.token', token)
    return
  }
  writePrivate(runner.token_file, `${token}\n`)
  // One that stayed in the configuration would beat the new one.
  if (runner.token !== undefined && file !== undefined) setInFile(file, 'runner.token', undefined)
}

export function forgetToken({ file, runner }: RunnerConfig): void {
  if (runner.token_file !== undefined) rmSync(runner.token_file, { force: true })
  if (runner.token !== undefined && file !== undefined) setInFile(file, 'runner.token', undefined)
}

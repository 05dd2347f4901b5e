/** `runner unregister`: the server forgets the runner, the runner its token and its keys. */
import { rmSync } from 'node:fs'
import { AppError } from '../lib/errors.ts'
import type { RunnerConfig } from './config.ts'
import { askServer } from './server-api.ts'
import { forgetToken, readToken } from './token.ts'

/** @returns false if the server did not know it any more: it was removed there before */
export async function unregister(config: RunnerConfig): Promise<boolean> {
  const token = readToken(config)
  if (token === undefined) {
    throw new AppError('not_found', 'the runner is not registered', {
      fix: 'there is nothing to do, or --config names another runner',
    })
  }
  const known = await dismiss(config, token)
  forgetToken(config)
  rmSync(config.runner.keys_file, { force: true })
  return known
}

async function dismiss(config: RunnerConfig, token: string): Promise<boolean> {
  try {
    await askServer(config, { method: 'DELETE', token })
    return true
  } catch (error) {
    const gone = error instanceof AppError && ['unauthenticated', 'not_found'].includes(error.code)
    if (!gone) throw error
    return false
  }
}

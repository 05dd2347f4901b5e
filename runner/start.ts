/** `outstation runner start`: from the configuration to a running runner. */
import { systemClock } from '../lib/clock.ts'
import type { RunnerConfig } from './config.ts'
import { findConnection } from './connection.ts'
import { type RunnerOptions, runRunner } from './main.ts'
import { type SeekContext, untilReached } from './patience.ts'
import { type RegisterOptions, register } from './register.ts'
import { readToken } from './token.ts'
import { trustServer } from './trust.ts'

export interface StartOptions extends Pick<RunnerOptions, 'log' | 'drain' | 'cancel' | 'onStatus'> {
  /** A runner that has no token registers first, with these. */
  registration?: RegisterOptions | undefined
}

/** Resolves when the runner is drained, or with `one_off` when its one task is delivered. */
export async function startRunner(given: RunnerConfig, options: StartOptions): Promise<void> {
  const { log, drain, registration } = options
  for (const warning of given.warnings) log.warn(warning)
  const seek = { clock: systemClock, random: Math.random, log, signal: drain }
  const config = registration === undefined ? given : await settle(given, registration, seek)
  await runRunner({ ...options, config, connect: () => findConnection(config, seek) })
}

/** Whom to trust is told at every start where no file keeps it; a runner without a token registers. */
async function settle(
  given: RunnerConfig,
  registration: RegisterOptions,
  seek: SeekContext,
): Promise<RunnerConfig> {
  const { caFile, caFingerprint, ...how } = registration
  const ca_file = await untilReached(() => trustServer(given, { caFile, caFingerprint }), seek)
  const trusting = { ...given, runner: { ...given.runner, ca_file } }
  if (readToken(trusting) !== undefined) return trusting
  const { id, tokenPlace, config } = await untilReached(() => register(trusting, how), seek)
  seek.log.info('registered', { id, token: tokenPlace })
  return config
}

/** `outstation runner start`: from the configuration to a running runner. */
import { systemClock } from '../lib/clock.ts'
import type { RunnerConfig } from './config.ts'
import { findConnection } from './connection.ts'
import { type RunnerOptions, runRunner } from './main.ts'

export type StartOptions = Pick<RunnerOptions, 'log' | 'drain' | 'cancel' | 'onStatus'>

/** Resolves when the runner is drained, or with `one_off` when its one task is delivered. */
export async function startRunner(config: RunnerConfig, options: StartOptions): Promise<void> {
  const { log, drain } = options
  for (const warning of config.warnings) log.warn(warning)
  const seek = { clock: systemClock, random: Math.random, log, signal: drain }
  await runRunner({ ...options, config, connect: () => findConnection(config, seek) })
}

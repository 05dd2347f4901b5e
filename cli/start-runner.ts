/** `outstation runner --config F`, `outstation runner start` */
import { createLog } from '../lib/log.ts'
import type { RunnerStatus } from '../runner/over.ts'
import { withOverrides } from '../runner/register.ts'
import { startRunner } from '../runner/start.ts'
import { runnerConfig } from './config/load.ts'
import { overridesOf, type RegisterFlags, registrationOf } from './registration.ts'
import { signalsOf } from './signals.ts'
import { createStatusLine, statusText } from './status-line.ts'
import { stderrLog } from './stderr-log.ts'

/** Those of `runner register` count where it registers. */
export interface RunnerFlags extends RegisterFlags {
  register?: boolean
  'auto-register'?: boolean
}

/** The first signal drains: what runs may end. The second cancels it. */
export async function startARunner(flags: RunnerFlags): Promise<void> {
  const config = withOverrides(runnerConfig(flags), overridesOf(flags))
  const registers = flags.register || flags['auto-register']
  const registration = registers ? await registrationOf(flags) : undefined
  const [drain, cancel] = signalsOf(2) as [AbortSignal, AbortSignal]
  endWithServer()
  const line =
    process.stderr.isTTY && config.log.format === 'text' && createStatusLine(process.stderr)
  const log = line ? createLog({ ...config.log, write: line.write }) : stderrLog(config.log)
  const onStatus = line ? (status: RunnerStatus) => line.show(statusText(status)) : () => {}
  try {
    await startRunner(config, { log, drain, cancel, onStatus, registration })
  } catch (error) {
    // Stopped while it still sought its server.
    if (!drain.aborted || error !== drain.reason) throw error
  } finally {
    if (line) line.clear()
  }
}

/** The built-in runner of a server that was killed makes room for that of the next server. */
function endWithServer(): void {
  process.once('disconnect', () => process.exit(1))
  process.channel?.unref()
}

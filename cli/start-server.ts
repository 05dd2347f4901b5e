/** `outstation server` */
import { serve } from '../server/serve.ts'
import { type ConfigFlags, serverConfig } from './config/load.ts'
import { signalsOf } from './signals.ts'
import { stderrLog } from './stderr-log.ts'

export async function startTheServer(flags: ConfigFlags): Promise<void> {
  const config = serverConfig(flags)
  const [signal] = signalsOf(1) as [AbortSignal]
  await serve(config, { log: stderrLog(config.log), signal })
}

/** `outstation runner clear-cache` */
import { clearCache } from '../runner/job/clear-cache.ts'
import { type ConfigFlags, runnerConfig } from './config/load.ts'

export async function clearRunnerCache(flags: ConfigFlags): Promise<void> {
  const config = runnerConfig(flags)
  const { removed, busy } = await clearCache(config.tmp_path)
  const stays = busy.length === 0 ? '' : `; ${busy.length} in use by a task, which stay`
  console.log(`Removed from ${config.tmp_path}: ${removed} work trees${stays}`)
}

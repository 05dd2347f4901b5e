/** `outstation runner clear-cache` */
import { loadRunnerConfig } from '../runner/config.ts'
import { clearCache } from '../runner/job/clear-cache.ts'

export async function clearRunnerCache(flags: { config?: string | false }): Promise<void> {
  const config = loadRunnerConfig({ configFile: flags.config, env: process.env })
  const { removed, busy } = await clearCache(config.tmp_path)
  const stays = busy === 0 ? '' : `; ${busy} in use by a task, which stay`
  console.log(`Removed from ${config.tmp_path}: ${removed} work trees${stays}`)
}

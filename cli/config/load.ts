/** The configuration of this process. Its secrets are in the environment no longer when it is read. */
import { forgetSecrets } from '../../lib/config/environment.ts'
import { loadRunnerConfig, type RunnerConfig, RunnerFile } from '../../runner/config.ts'
import { ServerFile } from '../../server/config/file.ts'
import { loadServerConfig, type ServerConfig } from '../../server/config.ts'

export interface ConfigFlags {
  /** false = `--no-config` */
  config?: string | false
}

/** @throws ConfigError that names every mistake */
export function serverConfig({ config: configFile }: ConfigFlags): ServerConfig {
  const config = loadServerConfig({ configFile, env: process.env })
  forgetSecrets(ServerFile, process.env)
  return config
}

/** @throws ConfigError that names every mistake */
export function runnerConfig({ config: configFile }: ConfigFlags): RunnerConfig {
  const config = loadRunnerConfig({ configFile, env: process.env })
  forgetSecrets(RunnerFile, process.env)
  return config
}

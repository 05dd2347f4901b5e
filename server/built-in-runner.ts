/**
 * `use_remote_runner: false`: a runner on the server's own machine, as a child process of its own over
 * the same wire as every other one. So there is one way to run a task.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backoff } from '../lib/backoff.ts'
import { systemClock } from '../lib/clock.ts'
import { lineOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { writePrivate } from '../lib/private-file.ts'
import type { ServerConfig } from './config.ts'
import type { RunningServer } from './main.ts'

export interface BuiltInContext {
  config: ServerConfig
  server: RunningServer
  log: Log
}

const name = 'built-in'

/** Starts it, and again whenever it dies. */
export async function startBuiltInRunner(
  context: BuiltInContext,
): Promise<{ close(): Promise<void> }> {
  const { config, server, log } = context
  const configFile = await writeConfig(context)
  const ending = new AbortController()
  let child: ChildProcess | undefined

  async function keepAlive(): Promise<void> {
    for (let tries = 0; !ending.signal.aborted; tries += 1) {
      const began = systemClock.monotonic()
      const how = await lifeOf(() => {
        child = launch(configFile, config.forwarded_env_vars)
        return child
      })
      if (ending.signal.aborted) return
      if (systemClock.monotonic() - began > 60_000) tries = 0
      log.error('built-in runner ended; starting it again', how)
      const delay = backoff(tries, { first: 1000, cap: 30_000, random: Math.random })
      await systemClock.sleep(delay, ending.signal).catch(() => {})
    }
  }

  const alive = keepAlive()
  log.info('built-in runner started', { web: server.url })
  return {
    async close() {
      ending.abort()
      // The second signal cancels what runs: a server that ends does not wait for hours. Two of the
      // same kind would be delivered as one.
      child?.kill('SIGINT')
      child?.kill('SIGTERM')
      await alive
    },
  }
}

/** Until it has ended. A machine that has no process or memory left for it now will have some later. */
async function lifeOf(launch: () => ChildProcess): Promise<Record<string, unknown>> {
  try {
    const [code, signal] = await once(launch(), 'exit')
    return { code, signal }
  } catch (error) {
    return { reason: `it cannot be started: ${lineOf(error)}` }
  }
}

async function writeConfig({ config, server }: BuiltInContext): Promise<string> {
  const folder = join(config.data_dir, 'built-in-runner')
  const file = join(folder, 'config.json')
  const caFile = join(folder, 'ca.pem')
  writePrivate(caFile, server.caPem)
  const tokenFile = join(folder, 'token')
  writePrivate(tokenFile, `${await server.ownRunnerToken(name)}\n`)
  const { tmp_path, disk, git_client, git_attempts, git_depth } = config
  const { ssh_config_path, ssh, env_vars, forwarded_env_vars, apps, process, log } = config
  const shared = { tmp_path, disk, git_client, git_attempts, git_depth, ssh_config_path, ssh }
  const tasks = { env_vars, forwarded_env_vars, apps, process, log }
  const runner = { name, token_file: tokenFile, ca_file: caFile, ...config.built_in_runner }
  writePrivate(
    file,
    `${JSON.stringify({ web_host: server.url, ...shared, ...tasks, runner }, null, 2)}\n`,
  )
  return file
}

/**
 * The same program, in the server's process group: a Ctrl-C at the terminal reaches both. The channel
 * carries nothing; its end tells the runner that its server is gone, even one that was killed. Its file
 * is all of its configuration: variables that were meant for the server would beat it.
 */
function launch(configFile: string, forwarded: readonly string[]): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const cli = fileURLToPath(new URL(`../cli.${extension}`, import.meta.url))
  const args = [...process.execArgv, cli, 'runner', 'start', '--config', configFile]
  const variables = Object.entries(process.env).filter(
    ([name]) => !/^(OUTSTATION|SEMAPHORE)_/.test(name) || forwarded.includes(name),
  )
  const env = Object.fromEntries(variables)
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

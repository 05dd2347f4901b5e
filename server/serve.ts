/** `outstation server`: starts everything, says where it is, and ends it in order. */
import { once } from 'node:events'
import { CleanupStack } from '../lib/stack.ts'
import { startBuiltInRunner } from './built-in-runner.ts'
import type { ServerConfig } from './config.ts'
import { type ServerOptions, startServer } from './main.ts'

export interface ServeOptions extends Pick<ServerOptions, 'log'> {
  /** Aborted: end. */
  signal: AbortSignal
}

/** Resolves when the server has ended after `signal`. @throws as startServer */
export async function serve(config: ServerConfig, { log, signal }: ServeOptions): Promise<void> {
  for (const warning of config.warnings) log.warn(warning)
  await using stack = new CleanupStack()
  const server = stack.use(await startServer({ config, log }))
  log.info('serving', {
    web: config.web_host,
    port: server.port,
    mqtt_port: server.mqttPort,
    ca_fingerprint: server.fingerprint,
  })
  if (!config.use_remote_runner) stack.use(await startBuiltInRunner({ config, server, log }))
  if (!signal.aborted) await once(signal, 'abort')
  log.info('stopping')
}

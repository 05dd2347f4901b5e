/** The runner's configuration: Semaphore's file and names, in two steps (lib/config). */
import { hostname } from 'node:os'
import { join } from 'node:path'
import Type from 'typebox'
import { check } from '../lib/config/check.ts'
import { type ReadOptions, readSource, type Source } from '../lib/config/read.ts'
import {
  defaultTmpPath,
  forwardedOf,
  pathIn,
  rulesOf,
  runnerRules,
  sharedKeys,
  sshSettings,
  stateDirectory,
  urlText,
} from '../lib/config/shared-keys.ts'
import { AppError } from '../lib/errors.ts'

const Text = Type.String()
const Count = Type.Integer({ minimum: 0 })
const optional = Type.Optional

/** The file, setting by setting; docs/configuration.md says what each means. */
export const RunnerFile = Type.Object({
  ...sharedKeys,
  runner: optional(
    Type.Object({
      token: optional(Text),
      token_file: optional(Text),
      registration_token: optional(Text),
      registration_token_file: optional(Text),
      name: optional(Type.String({ maxLength: 255 })),
      tags: optional(Type.Array(Text)),
      project_id: optional(Type.Integer({ minimum: 1 })),
      max_parallel_tasks: optional(Count),
      webhook: optional(urlText('http', 'https')),
      one_off: optional(Type.Boolean()),
      enabled: optional(Type.Boolean()),
      data_dir: optional(Text),
      keys_file: optional(Text),
      spool_max_mb: optional(Type.Integer({ minimum: 1 })),
      artifacts: optional(
        Type.Object({
          max_file_mb: optional(Count),
          max_total_mb: optional(Count),
          max_files: optional(Count),
        }),
      ),
      ...runnerRules,
      mqtt_url: optional(urlText('mqtt', 'mqtts', 'ws', 'wss')),
      mqtt_keepalive_sec: optional(Type.Integer({ minimum: 5, maximum: 1200 })),
      ca_file: optional(Text),
      connection: optional(Type.Object({ server_ca_cert_file: optional(Text) })),
      executor: optional(
        Type.Object({
          type: optional(
            Type.Union([Type.Literal('local'), Type.Literal('')], {
              description: '"local": commands run on this machine, in no container',
            }),
          ),
        }),
      ),
    }),
  ),
})

export type RunnerConfig = ReturnType<typeof toRunnerConfig>

/** Reads the file and the environment. @throws ConfigError that names every mistake */
export function loadRunnerConfig(options: Omit<ReadOptions, 'role'>): RunnerConfig {
  return toRunnerConfig(readSource({ ...options, role: 'runner' }))
}

/** Pure: every setting with its default, every path absolute. @throws ConfigError */
export function toRunnerConfig(source: Source) {
  const { value: file, warnings } = check(RunnerFile, source)
  const runner = file.runner ?? {}
  const path = (text: string | undefined) => (text ? pathIn(source, text) : undefined)
  const tokenFile = path(runner.token_file)
  return {
    /** Where all this was read; undefined = the environment alone. */
    file: source.file,
    /** One line each, for the log. */
    warnings,
    /** The server's address without a slash at the end; undefined = not told yet. */
    web_host: file.web_host?.replace(/\/+$/, '') || undefined,
    tmp_path: path(file.tmp_path) ?? defaultTmpPath,
    /** 0 = no mark. */
    disk: { min_free_mb: file.disk?.min_free_mb ?? 50 },
    git_client: file.git_client || ('go_git' as const),
    git_attempts: file.git_attempts ?? 4,
    git_depth: file.git_depth ?? 1,
    ...sshSettings(source, file.ssh, file.ssh_config_path),
    env_vars: file.env_vars ?? {},
    forwarded_env_vars: forwardedOf(file),
    apps: file.apps ?? {},
    process: {
      user: file.process?.user || undefined,
      uid: file.process?.uid ?? undefined,
      gid: file.process?.gid ?? undefined,
      no_new_privs: file.process?.no_new_privs ?? false,
      app_namespaces: file.process?.app_namespaces ?? {},
    },
    log: {
      level: file.log?.level ?? ('info' as const),
      format: file.log?.format ?? ('text' as const),
    },
    runner: {
      /** The token itself, where no file holds it; beats `token_file`. */
      token: runner.token || undefined,
      token_file: tokenFile,
      registration_token: runner.registration_token || undefined,
      registration_token_file: path(runner.registration_token_file),
      name: runner.name || hostname(),
      tags: runner.tags ?? [],
      project_id: runner.project_id,
      /** 0 = no limit of its own. */
      max_parallel_tasks: runner.max_parallel_tasks ?? 0,
      webhook: runner.webhook ?? '',
      one_off: runner.one_off ?? false,
      enabled: runner.enabled ?? true,
      /** Journal and spool. It must survive reboots like the token, and belongs to that token. */
      data_dir: path(runner.data_dir) ?? stateBeside(source, tokenFile),
      /** Its keys and its server's; it belongs to the token, too. */
      keys_file: path(runner.keys_file) ?? keysBeside(source, tokenFile),
      spool_max_mb: runner.spool_max_mb ?? 1024,
      /** Where it is less than the server allows. */
      artifacts: runner.artifacts ?? {},
      ...rulesOf(source, runner),
      /** undefined = what the server tells. */
      mqtt_url: runner.mqtt_url || undefined,
      /** A link on which nothing else goes is used this often: NATs forget one that is silent. */
      mqtt_keepalive_sec: runner.mqtt_keepalive_sec ?? 25,
      executor: { type: 'local' as const },
      /** Trusted beside the system's own CAs. */
      ca_file: path(runner.ca_file || runner.connection?.server_ca_cert_file),
    },
  }
}

/** @throws AppError `config` if the configuration does not say where the server is */
export function serverUrl({ web_host }: RunnerConfig): string {
  if (web_host !== undefined) return web_host
  throw new AppError('config', 'web_host: expected the URL of the server, got nothing', {
    fix: 'set it in the configuration or as OUTSTATION_WEB_HOST',
  })
}

/** systemd's folder, else beside what holds the token: `<token_file>.state` or `<config file>.state`. */
function stateBeside({ file, env }: Source, tokenFile: string | undefined): string {
  const anchor = tokenFile ?? file
  if (env.STATE_DIRECTORY || anchor === undefined) return stateDirectory(env, 'outstation-runner')
  return `${anchor}.state`
}

/** Beside the token, also under systemd: who registers there is not always who runs. */
function keysBeside({ file, env }: Source, tokenFile: string | undefined): string {
  const anchor = tokenFile ?? file
  if (anchor === undefined) return join(stateDirectory(env, 'outstation-runner'), 'keys.json')
  return `${anchor}.keys.json`
}

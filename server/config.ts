/** The server's configuration: Semaphore's file and names, in two steps (lib/config). */
import { hostname } from 'node:os'
import { join } from 'node:path'
import Type from 'typebox'
import { mostFiles } from '../broker/artifacts.ts'
import { check } from '../lib/config/check.ts'
import { ConfigError, type Problem } from '../lib/config/problems.ts'
import { type ReadOptions, readSource, type Source } from '../lib/config/read.ts'
import {
  defaultTmpPath,
  pathIn,
  rulesOf,
  runnerRules,
  sharedKeys,
  sshSettings,
  stateDirectory,
  urlText,
} from '../lib/config/shared-keys.ts'
import { isTimeZone } from './core/time-zone.ts'

const Text = Type.String()
const Count = Type.Integer({ minimum: 0 })
const Port = Type.Union(
  [Type.Integer({ minimum: 0, maximum: 65_535 }), Type.String({ pattern: '^(:?\\d{1,5})?$' })],
  {
    description: 'a port such as 3000 or ":3000"',
  },
)
const optional = Type.Optional

/** The file, setting by setting; docs/configuration.md says what each means. */
export const ServerFile = Type.Object({
  port: optional(Port),
  interface: optional(Text),
  data_dir: optional(Text),
  dialect: optional(Type.Literal('sqlite')),
  sqlite: optional(Type.Object({ host: optional(Text) })),
  tls: optional(
    Type.Object({
      enabled: optional(Type.Boolean()),
      cert_file: optional(Text),
      key_file: optional(Text),
      http_redirect_port: optional(Port),
    }),
  ),
  access_key_encryption: optional(
    Type.String({
      pattern: '^([A-Za-z0-9+/]{43}=)?$',
      description: 'base64 of 32 bytes, as `openssl rand -base64 32` prints it',
    }),
  ),
  use_remote_runner: optional(Type.Boolean()),
  runner_registration_token: optional(Text),
  max_parallel_tasks: optional(Count),
  runners: optional(
    Type.Object({
      offline_timeout_sec: optional(Type.Integer({ minimum: 5 })),
      heartbeats_per_sec: optional(Type.Integer({ minimum: 1 })),
      reconnects_per_sec: optional(Type.Integer({ minimum: 1 })),
      task_fail_timeout_sec: optional(Count),
      require_sealed: optional(Type.Boolean()),
      registration_token: optional(Text),
      default_global_runners_mode: optional(
        Type.Union([Type.Literal('disable'), Type.Literal('prefer'), Type.Literal('require')]),
      ),
    }),
  ),
  max_task_duration_sec: optional(Count),
  artifacts: optional(
    Type.Object({
      max_file_mb: optional(Count),
      max_total_mb: optional(Count),
      max_files: optional(Type.Integer({ minimum: 0, maximum: mostFiles })),
    }),
  ),
  mqtt: optional(
    Type.Object({
      port: optional(Port),
      interface: optional(Text),
      public_url: optional(urlText('mqtt', 'mqtts', 'ws', 'wss')),
      prefix: optional(
        Type.String({
          pattern: '^[^+#$/\\s]+(/[^+#/\\s]+)*$',
          description: 'an MQTT topic without wildcards and outer slashes, such as "outstation/v1"',
        }),
      ),
    }),
  ),
  broker: optional(
    Type.Object({
      mode: optional(Type.Union([Type.Literal('embedded'), Type.Literal('external')])),
      url: optional(urlText('mqtt', 'mqtts')),
      ca_file: optional(Text),
      username: optional(Text),
      password_file: optional(Text),
    }),
  ),
  schedule: optional(Type.Object({ timezone: optional(Text) })),
  webhooks: optional(
    Type.Object({
      allow_private_addresses: optional(Type.Boolean()),
      timeout_sec: optional(Type.Integer({ minimum: 1, maximum: 300 })),
      max_per_project: optional(Count),
    }),
  ),
  built_in_runner: optional(Type.Object(runnerRules)),
  ...sharedKeys,
})
type ServerFile = Type.Static<typeof ServerFile>

export type ServerConfig = ReturnType<typeof toServerConfig>

/** Reads the file and the environment. @throws ConfigError that names every mistake */
export function loadServerConfig(options: Omit<ReadOptions, 'role'>): ServerConfig {
  return toServerConfig(readSource({ ...options, role: 'server' }))
}

/** Pure: every setting with its default, every path absolute. @throws ConfigError */
export function toServerConfig(source: Source) {
  const { value: file, warnings } = check(ServerFile, source)
  const problems = contradictions(file)
  if (problems.length > 0) throw new ConfigError(source.file, problems)
  const path = (text: string | undefined) => (text ? pathIn(source, text) : undefined)
  const port = portOf(file.port, 3000)
  const tls = file.tls?.enabled ?? true
  const mode = file.runners?.default_global_runners_mode
  const dataDir = path(file.data_dir) ?? stateDirectory(source.env, 'outstation')
  return {
    /** Where all this was read; undefined = the environment alone. */
    file: source.file,
    /** One line each, for the log. */
    warnings,
    port,
    /** '' = every address of the machine. */
    interface: file.interface ?? '',
    /** How others reach this server; without a slash at the end. */
    web_host: webHost(file.web_host, tls, port),
    data_dir: dataDir,
    sqlite: { host: path(file.sqlite?.host) ?? join(dataDir, 'database.sqlite') },
    tls: {
      enabled: tls,
      cert_file: path(file.tls?.cert_file),
      key_file: path(file.tls?.key_file),
      /** undefined = nothing listens there. */
      http_redirect_port: file.tls?.http_redirect_port
        ? portOf(file.tls.http_redirect_port, 0)
        : undefined,
    },
    /** undefined = the key in `data_dir`/access.key, made at the first start. */
    access_key_encryption: file.access_key_encryption || undefined,
    /** false = the server also starts a runner of its own on this machine. */
    use_remote_runner: mode === undefined ? (file.use_remote_runner ?? true) : mode === 'require',
    /** undefined = nobody can register a runner by token. */
    runner_registration_token:
      file.runner_registration_token || file.runners?.registration_token || undefined,
    /** 0 = no limit, here and below. */
    max_parallel_tasks: file.max_parallel_tasks ?? 0,
    max_task_duration_sec: file.max_task_duration_sec ?? 0,
    /** What one task may bring back. */
    artifacts: {
      max_file_mb: file.artifacts?.max_file_mb ?? 100,
      max_total_mb: file.artifacts?.max_total_mb ?? 1000,
      max_files: file.artifacts?.max_files ?? 1000,
    },
    runners: {
      /** The lease: a runner that says nothing for so long is silent. Longer in a large fleet. */
      offline_timeout_sec: file.runners?.offline_timeout_sec ?? 60,
      /** Of the whole fleet, at most. */
      heartbeats_per_sec: file.runners?.heartbeats_per_sec ?? 50,
      /** When all of it was cut off at once. */
      reconnects_per_sec: file.runners?.reconnects_per_sec ?? 100,
      /** The grace: so long beyond it a task waits for its runner. */
      task_fail_timeout_sec: file.runners?.task_fail_timeout_sec ?? 600,
      /** Runners that have no keys, so that jobs would go to them in clear, get none. */
      require_sealed: file.runners?.require_sealed ?? false,
    },
    mqtt: {
      port: portOf(file.mqtt?.port, 8883),
      interface: file.mqtt?.interface ?? '',
      /** undefined = mqtts://, the host of `web_host` and the port. */
      public_url: file.mqtt?.public_url || undefined,
      prefix: file.mqtt?.prefix ?? 'outstation/v1',
    },
    broker: {
      mode: file.broker?.mode ?? ('embedded' as const),
      url: file.broker?.url || undefined,
      ca_file: path(file.broker?.ca_file),
      username: file.broker?.username || undefined,
      password_file: path(file.broker?.password_file),
    },
    /** The time zone of schedules that name none. */
    schedule: { timezone: file.schedule?.timezone || 'UTC' },
    webhooks: {
      allow_private_addresses: file.webhooks?.allow_private_addresses ?? false,
      timeout_sec: file.webhooks?.timeout_sec ?? 15,
      max_per_project: file.webhooks?.max_per_project ?? 50,
    },
    /** 0 = no mark. */
    disk: { min_free_mb: file.disk?.min_free_mb ?? 50 },
    built_in_runner: rulesOf(source, file.built_in_runner),
    tmp_path: path(file.tmp_path) ?? defaultTmpPath,
    git_client: file.git_client || ('go_git' as const),
    git_attempts: file.git_attempts ?? 4,
    git_depth: file.git_depth ?? 1,
    ...sshSettings(source, file.ssh, file.ssh_config_path),
    env_vars: file.env_vars ?? {},
    forwarded_env_vars: file.forwarded_env_vars ?? [],
    apps: file.apps ?? {},
    process: file.process,
    log: {
      level: file.log?.level ?? ('info' as const),
      format: file.log?.format ?? ('text' as const),
    },
  }
}

/** Settings that are right alone and wrong together, or of the right type and unknown. */
function contradictions({ tls, broker, schedule }: ServerFile): Problem[] {
  const problems: Problem[] = []
  const zone = schedule?.timezone
  if (zone && !isTimeZone(zone)) {
    const expected = 'a time zone such as "Europe/Berlin"'
    problems.push({ path: 'schedule.timezone', expected, got: JSON.stringify(zone) })
  }
  const need = (path: string, when: string) =>
    problems.push({ path, expected: `a value, since ${when}`, got: 'nothing' })
  if (tls?.cert_file && !tls.key_file) need('tls.key_file', 'tls.cert_file is given')
  if (tls?.key_file && !tls.cert_file) need('tls.cert_file', 'tls.key_file is given')
  if (broker?.mode === 'external') {
    for (const key of ['url', 'username', 'password_file'] as const) {
      if (!broker[key]) need(`broker.${key}`, 'broker.mode is "external"')
    }
  }
  return problems
}

function portOf(port: number | string | undefined, otherwise: number): number {
  const digits = String(port ?? '').replace(':', '')
  return digits === '' ? otherwise : Number(digits)
}

function webHost(given: string | undefined, tls: boolean, port: number): string {
  return (given || `${tls ? 'https' : 'http'}://${hostname()}:${port}`).replace(/\/+$/, '')
}

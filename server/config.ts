/** The server's configuration: Semaphore's file and names, in two steps (lib/config). */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { check } from '../lib/config/check.ts'
import { ConfigError, type Problem } from '../lib/config/problems.ts'
import { type ReadOptions, readSource, type Source } from '../lib/config/read.ts'
import {
  defaultTmpPath,
  forwardedOf,
  pathIn,
  rulesOf,
  sshSettings,
  stateDirectory,
} from '../lib/config/shared-keys.ts'
import { ServerFile } from './config/file.ts'
import { isTimeZone } from './core/time-zone.ts'

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
    /** Tasks that are over; older ones are deleted. */
    max_tasks_per_template: file.max_tasks_per_template ?? 0,
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
    metrics: {
      enabled: file.metrics?.enabled ?? false,
      username: file.metrics?.username || undefined,
      /** undefined = for everybody who reaches the port. */
      password: file.metrics?.password || undefined,
    },
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
    forwarded_env_vars: forwardedOf(file),
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

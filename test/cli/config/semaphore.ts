/** The settings of Semaphore, one by one: path, variable, a value, and what becomes of it here. */

export interface Honoured {
  role: 'server' | 'runner'
  path: string
  variable: string
  value: unknown
  /** The path in the configuration that is made of it, and what it then holds. */
  becomes: [path: string, value: unknown]
}

type Row = [path: string, variable: string, value: unknown, becomes?: [string, unknown]]

const server: Row[] = [
  ['use_remote_runner', 'USE_REMOTE_RUNNER', false],
  [
    'runners.default_global_runners_mode',
    'RUNNERS_DEFAULT_GLOBAL_RUNNERS_MODE',
    'disable',
    ['use_remote_runner', false],
  ],
  ['runner_registration_token', 'RUNNER_REGISTRATION_TOKEN', 'reg'],
  [
    'runners.registration_token',
    'RUNNERS_REGISTRATION_TOKEN',
    'reg',
    ['runner_registration_token', 'reg'],
  ],
  ['runners.offline_timeout_sec', 'RUNNERS_OFFLINE_TIMEOUT_SEC', 120],
  ['runners.task_fail_timeout_sec', 'RUNNERS_TASK_FAIL_TIMEOUT_SEC', 420],
  ['web_host', 'WEB_ROOT', 'https://s:1'],
  ['port', 'PORT', ':3001', ['port', 3001]],
  ['interface', 'INTERFACE', '127.0.0.1'],
  ['tls.enabled', 'TLS_ENABLED', false],
  ['tls.http_redirect_port', 'TLS_HTTP_REDIRECT_PORT', 8080],
  ['max_parallel_tasks', 'MAX_PARALLEL_TASKS', 7],
  ['max_task_duration_sec', 'MAX_TASK_DURATION_SEC', 8],
  ['max_tasks_per_template', 'MAX_TASKS_PER_TEMPLATE', 9],
  ['access_key_encryption', 'ACCESS_KEY_ENCRYPTION', `${'A'.repeat(43)}=`],
  ['metrics.enabled', 'METRICS_ENABLED', true],
  ['metrics.username', 'METRICS_USERNAME', 'u'],
  ['metrics.password', 'METRICS_PASSWORD', 'p'],
  ['dialect', 'DB_DIALECT', 'sqlite', ['sqlite.host', '/s/database.sqlite']],
  ['sqlite.host', 'DB_HOST', '/d.sqlite'],
]

const both: Row[] = [
  ['tmp_path', 'TMP_PATH', '/t'],
  ['git_client', 'GIT_CLIENT', 'cmd_git'],
  ['git_attempts', 'GIT_ATTEMPTS', 2],
  ['ssh_config_path', 'SSH_PATH', '/c'],
  ['ssh.config_path', 'SSH_CONFIG_PATH', '/c', ['ssh_config_path', '/c']],
  ['ssh.known_hosts_file', 'SSH_KNOWN_HOSTS_FILE', '/k'],
  ['ssh.strict_host_key_checking', 'SSH_STRICT_HOST_KEY_CHECKING', true],
  ['env_vars', 'ENV_VARS', { A: 'b' }],
  ['forwarded_env_vars', 'FORWARDED_ENV_VARS', ['A']],
  ['home_dir_mode', 'HOME_DIR_MODE', 'user_home', ['forwarded_env_vars', ['HOME']]],
  ['apps', 'APPS', { python: { path: '/p', args: ['-u'], active: true, priority: 1 } }],
  ['process.user', 'PROCESS_USER', 'nobody'],
  ['process.uid', 'PROCESS_UID', 7],
  ['process.gid', 'PROCESS_GID', 8],
  ['process.no_new_privs', 'PROCESS_NO_NEW_PRIVS', true],
  ...['user', 'mount', 'pid', 'ipc', 'uts'].map((space): Row => {
    const variable = `PROCESS_APP_NS_${space.toUpperCase()}`
    return [`process.app_namespaces.${space}`, variable, true]
  }),
]

const runner: Row[] = [
  ['web_host', 'WEB_ROOT', 'https://s:1'],
  ['runner.token', 'RUNNER_TOKEN', 't'],
  ['runner.token_file', 'RUNNER_TOKEN_FILE', '/t'],
  ['runner.registration_token', 'RUNNER_REGISTRATION_TOKEN', 'reg'],
  ['runner.registration_token_file', 'RUNNER_REGISTRATION_TOKEN_FILE', '/r'],
  ['runner.one_off', 'RUNNER_ONE_OFF', true],
  ['runner.webhook', 'RUNNER_WEBHOOK', 'https://hook'],
  ['runner.max_parallel_tasks', 'RUNNER_MAX_PARALLEL_TASKS', 3],
  ['runner.enabled', 'RUNNER_ENABLED', false],
  ['runner.name', 'RUNNER_NAME', 'n'],
  ['runner.tags', 'RUNNER_TAGS', ['a', 'b']],
  ['runner.project_id', 'RUNNER_PROJECT_ID', 5],
  [
    'runner.connection.server_ca_cert_file',
    'RUNNER_SERVER_CA_CERT_FILE',
    '/ca',
    ['runner.ca_file', '/ca'],
  ],
]

const rowsOf = (role: Honoured['role'], rows: Row[]): Honoured[] =>
  rows.map(([path, variable, value, becomes = [path, value]]) => ({
    ...{ role, path, value, becomes },
    variable: `SEMAPHORE_${variable}`,
  }))

export const honoured: Honoured[] = [
  ...rowsOf('server', [...server, ...both]),
  ...rowsOf('runner', [...runner, ...both]),
]

/** What does nothing, by role: path and variable. */
export const idle: [role: Honoured['role'], path: string, variable: string][] = [
  ['runner', 'runner.private_key_file', 'SEMAPHORE_RUNNER_PRIVATE_KEY_FILE'],
  ['runner', 'runner.check_interval_seconds', 'SEMAPHORE_RUNNER_CHECK_INTERVAL_SECONDS'],
  ['runner', 'runner.connection.skip_tls_verify', 'SEMAPHORE_RUNNER_SKIP_TLS_VERIFY'],
  ['runner', 'runner.executor.k8s', 'SEMAPHORE_RUNNER_K8S_NAMESPACE'],
  ['runner', 'runner.executor.docker', 'SEMAPHORE_RUNNER_DOCKER_IMAGE'],
  ['runner', 'dirs', 'SEMAPHORE_SECRETS_PATH'],
  ['runner', 'dirs', 'SEMAPHORE_REPOS_DIR'],
  ['runner', 'dirs', 'SEMAPHORE_SSH_AGENT_SOCKETS_DIR'],
  ['server', 'runners.reconcile_interval_sec', 'SEMAPHORE_RUNNERS_RECONCILE_INTERVAL_SEC'],
  ['server', 'cookie_hash', 'SEMAPHORE_COOKIE_HASH'],
  ['server', 'cookie_encryption', 'SEMAPHORE_COOKIE_ENCRYPTION'],
  ['server', 'mysql', 'SEMAPHORE_DB_USER'],
  ['server', 'postgres', 'SEMAPHORE_DB_PASS'],
  ['server', 'bolt', 'SEMAPHORE_DB'],
  ['server', 'sqlite.pass', 'SEMAPHORE_SQLITE_PASS'],
  ['server', 'jwt', 'SEMAPHORE_JWT_ENABLED'],
  ['server', 'log.events', 'SEMAPHORE_LOG_EVENTS'],
  ['server', 'syslog', 'SEMAPHORE_SYSLOG_ENABLED'],
  ['server', 'ha', 'SEMAPHORE_HA_ENABLED'],
  ['server', 'email_alert', 'SEMAPHORE_EMAIL_ALERT'],
  ['server', 'ldap_enable', 'SEMAPHORE_LDAP_ENABLE'],
]

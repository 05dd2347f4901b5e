/**
 * Settings of Semaphore (its config.schema.yaml, 2.10 to 2.20) that do nothing here, and why. A file
 * that was written for it is accepted: each of these is named in a warning with its reason.
 */
const idle: readonly (readonly [why: string, keys: string])[] = [
  [
    'the database is SQLite, in the file of sqlite.host',
    'mysql postgres bolt sqlite.name sqlite.user sqlite.pass sqlite.options',
  ],
  [
    'a session is a random number of which only the hash is stored',
    'cookie_hash cookie_encryption',
  ],
  [
    'the end of a task is told by the webhooks of its project',
    `email_alert email_sender email_host email_port email_username email_password email_secure
    email_tls email_tls_min_version telegram_alert telegram_chat telegram_token slack_alert slack_url
    rocketchat_alert rocketchat_url microsoft_teams_alert microsoft_teams_url dingtalk_alert
    dingtalk_url gotify_alert gotify_url gotify_token`,
  ],
  [
    'users log in with a password that this server knows',
    `ldap_enable ldap_binddn ldap_bindpassword ldap_server ldap_searchdn ldap_searchfilter
    ldap_mappings ldap_needtls oidc_providers auth password_login_disable`,
  ],
  ['there is none of this kind here', 'teams subscription debugging ha integration_alias'],
  ['only an admin makes projects', 'non_admin_can_create_project'],
  ['tasks get no token of the server', 'jwt'],
  ['the log goes to stderr, where journald or a container takes it', 'log.events log.tasks syslog'],
  ['work trees lie below tmp_path, secrets in memory', 'dirs'],
  [
    'commands run on the machine of their runner; process.app_namespaces and runner.limits keep them apart',
    'runner.executor.k8s runner.executor.docker',
  ],
  ['the keys of a runner lie in runner.keys_file', 'runner.private_key_file'],
  ['nothing is polled', 'runner.check_interval_seconds'],
  [
    'a certificate is always checked; trust its CA by runner.ca_file',
    'runner.connection.skip_tls_verify',
  ],
  ['silence is noticed as it comes, without rounds', 'runners.reconcile_interval_sec'],
  ['only runners read it', 'runner'],
  [
    'only the server reads it',
    `dialect sqlite port interface access_key_encryption use_remote_runner runner_registration_token
    runners max_parallel_tasks max_task_duration_sec max_tasks_per_template tls metrics schedule`,
  ],
]

/** Setting of Semaphore -> why it does nothing here. What a schema knows is never looked up. */
export const idleKeys: ReadonlyMap<string, string> = new Map(
  idle.flatMap(([why, keys]) => keys.split(/\s+/).map((key) => [key, why] as const)),
)

/** Variables of Semaphore that are not named after their setting: what they begin with. */
const prefixes: Readonly<Record<string, string>> = {
  SEMAPHORE_DB: 'mysql',
  SEMAPHORE_RUNNER_K8S: 'runner.executor.k8s',
  SEMAPHORE_RUNNER_DOCKER: 'runner.executor.docker',
  SEMAPHORE_RUNNER_SKIP_TLS_VERIFY: 'runner.connection.skip_tls_verify',
  SEMAPHORE_SECRETS_PATH: 'dirs',
  SEMAPHORE_REPOS_DIR: 'dirs',
  SEMAPHORE_SSH_AGENT_SOCKETS_DIR: 'dirs',
}

/** Why a variable does nothing here; undefined = Semaphore has none of this name, or it is the other role's. */
export function idleVariable(name: string): string | undefined {
  const known = [
    ...Object.entries(prefixes),
    ...[...idleKeys.keys()].map((key) => [variableOf(key), key] as const),
  ]
  const keys = known.filter(([start]) => name === start || name.startsWith(`${start}_`))
  const [, key] = keys.sort(([a], [b]) => b.length - a.length)[0] ?? []
  const why = key === undefined ? undefined : idleKeys.get(key)
  // One environment may serve both: a file for containers that all of them read.
  return why?.startsWith('only ') ? undefined : why
}

function variableOf(path: string): string {
  return `SEMAPHORE_${path.replaceAll('.', '_').toUpperCase()}`
}

/**
 * Settings of Semaphore (its config.schema.yaml, 2.10 to 2.20) as dotted paths. A file that was written
 * for it is accepted: those that Outstation knows work, the rest of these are named in one warning.
 */
const top = `
  mysql postgres bolt dialect sqlite port interface tmp_path ssh_config_path ssh git_client git_attempts
  web_host cookie_hash cookie_encryption access_key_encryption
  email_alert email_sender email_host email_port email_username email_password email_secure email_tls
  email_tls_min_version
  ldap_enable ldap_binddn ldap_bindpassword ldap_server ldap_searchdn ldap_searchfilter ldap_mappings
  ldap_needtls
  telegram_alert telegram_chat telegram_token slack_alert slack_url rocketchat_alert rocketchat_url
  microsoft_teams_alert microsoft_teams_url dingtalk_alert dingtalk_url gotify_alert gotify_url
  gotify_token
  oidc_providers auth password_login_disable non_admin_can_create_project integration_alias teams
  max_task_duration_sec max_tasks_per_template max_parallel_tasks
  use_remote_runner runner_registration_token runner runners home_dir_mode dirs
  env_vars forwarded_env_vars apps tls schedule log syslog metrics jwt ha debugging subscription
`

const nested = `
  sqlite.name sqlite.user sqlite.pass sqlite.options tls.http_redirect_port log.events log.tasks
  runner.private_key_file runner.check_interval_seconds runner.executor
  runner.connection.skip_tls_verify
  runners.default_global_runners_mode runners.registration_token runners.reconcile_interval_sec
`

export const semaphoreKeys: ReadonlySet<string> = new Set(`${top} ${nested}`.trim().split(/\s+/))

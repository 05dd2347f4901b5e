import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { leaves } from '../../lib/config/environment.ts'
import { ConfigError } from '../../lib/config/problems.ts'
import { ServerFile } from '../../server/config/file.ts'
import { toServerConfig } from '../../server/config.ts'

const env = { HOME: '/home/me' }
const problemsOf = (value: unknown, variables = {}) => {
  try {
    toServerConfig({ file: '/etc/o.json', value, env: { ...env, ...variables } })
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message.split('\n')
  }
  return assert.fail('expected mistakes, got none')
}

test('five mistakes are five lines with path, expected and got', () => {
  const lines = problemsOf({
    prot: 3000,
    tls: { enabled: 'yes' },
    max_parallel_tasks: -1,
    web_host: 'server:3000',
    dialect: 'mysql',
  })
  assert.deepEqual(lines, [
    '/etc/o.json: prot: expected a known setting, got "prot"; did you mean "port"?',
    '/etc/o.json: tls.enabled: expected true or false, got "yes"',
    '/etc/o.json: max_parallel_tasks: expected an integer, 0 or more, got -1',
    '/etc/o.json: web_host: expected a URL such as "https://host:port", got "server:3000"',
    '/etc/o.json: dialect: expected "sqlite", got "mysql"',
  ])
})

test('mistakes inside lists and maps are found one by one', () => {
  const lines = problemsOf({ env_vars: { A: 1 }, forwarded_env_vars: ['B', 2], apps: { x: 'y' } })
  assert.deepEqual(lines, [
    '/etc/o.json: env_vars.A: expected a string, got 1',
    '/etc/o.json: forwarded_env_vars.1: expected a string, got 2',
    '/etc/o.json: apps.x: expected an object, got "y"',
  ])
})

test('a wrong variable is called by its name, beside the mistakes of the file', () => {
  const variables = { OUTSTATION_PORT: 'x', SEMAPHORE_MAX_PARALLEL_TASKS: 'many' }
  assert.deepEqual(problemsOf({ nothing_known: 1 }, variables).length, 3)
  const [first, second] = problemsOf({}, variables)
  assert.equal(first, 'environment: SEMAPHORE_MAX_PARALLEL_TASKS: expected an integer, got "many"')
  assert.match(String(second), /^environment: OUTSTATION_PORT: expected a port .*, got "x"$/)
})

test('a secret of the wrong kind is not printed', () => {
  const secret = 'hunter2hunter2'
  const lines = problemsOf({ access_key_encryption: secret, env_vars: { API_TOKEN: 77_777 } })
  assert.equal(lines.length, 2)
  assert.ok(!lines.join().includes(secret) && !lines.join().includes('77777'))
})

test('settings that contradict each other are named', () => {
  const lines = problemsOf({ broker: { mode: 'external' }, tls: { cert_file: 'c' } })
  assert.deepEqual(
    lines.map((line) => line.split(': ')[1]),
    ['tls.key_file', 'broker.url', 'broker.username', 'broker.password_file'],
  )
})

test('the environment beats the file; OUTSTATION_ beats SEMAPHORE_', () => {
  const config = toServerConfig({
    value: { port: 1, tls: { enabled: true }, mqtt: null },
    env: {
      ...env,
      OUTSTATION_PORT: '2',
      SEMAPHORE_PORT: '3',
      SEMAPHORE_WEB_ROOT: 'https://web/',
      SEMAPHORE_TLS_ENABLED: 'false',
      OUTSTATION_MQTT_PORT: ':4',
      SEMAPHORE_ENV_VARS: '{"A": "b"}',
    },
  })
  assert.equal(config.port, 2)
  assert.equal(config.web_host, 'https://web')
  assert.equal(config.tls.enabled, false)
  assert.equal(config.mqtt.port, 4)
  assert.deepEqual(config.env_vars, { A: 'b' })
})

test("a file of Semaphore's own setup is accepted; what does nothing is named once", () => {
  const { warnings, port, runner_registration_token } = toServerConfig({
    file: '/etc/o.json',
    mode: 0o644,
    env,
    value: {
      bolt: { host: '/x/database.boltdb' },
      mysql: null,
      port: '',
      interface: '',
      tmp_path: '/tmp/semaphore',
      cookie_hash: 'AAAA',
      cookie_encryption: 'AAAA',
      telegram_token: '',
      use_remote_runner: true,
      runner_registration_token: 'reg',
    },
  })
  assert.equal(port, 3000)
  assert.equal(runner_registration_token, 'reg')
  assert.deepEqual(warnings, [
    'bolt: of Semaphore, without effect here: the database is SQLite, in the file of sqlite.host',
    'cookie_hash, cookie_encryption: of Semaphore, without effect here: a session is a random number of which only the hash is stored',
    'telegram_token: of Semaphore, without effect here: the end of a task is told by the webhooks of its project',
    '/etc/o.json holds secrets and others may read it; run: chmod 600 /etc/o.json',
  ])
})

test('a private file, or a public one without secrets, gives no warning', () => {
  const warningsOf = (value: unknown, mode: number) =>
    toServerConfig({ file: '/f', mode, value, env }).warnings
  assert.deepEqual(warningsOf({ runner_registration_token: 'x' }, 0o600), [])
  assert.deepEqual(warningsOf({ runner_registration_token: '' }, 0o644), [])
  assert.deepEqual(warningsOf({ runner_registration_token: 'x' }, 0o640).length, 1)
})

test('relative paths count from the file, ~/ from the home', () => {
  const value = { data_dir: 'data', tmp_path: '~/t', sqlite: { host: 'db.sqlite' } }
  const config = toServerConfig({ file: '/etc/o/server.json', value, env })
  assert.equal(config.data_dir, '/etc/o/data')
  assert.equal(config.tmp_path, '/home/me/t')
  assert.equal(config.sqlite.host, '/etc/o/db.sqlite')
})

test("state goes to systemd's folder where there is one", () => {
  const { data_dir, sqlite } = toServerConfig({ value: {}, env: { STATE_DIRECTORY: '/var/lib/x' } })
  assert.equal(data_dir, '/var/lib/x')
  assert.equal(sqlite.host, '/var/lib/x/database.sqlite')
})

test('docs/configuration.md names every setting of the server', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8')
  for (const [path] of leaves(ServerFile)) assert.ok(text.includes(`\`${path}\``), path)
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { leaves } from '../../lib/config/environment.ts'
import { parseText } from '../../lib/config/read.ts'
import { RunnerFile, toRunnerConfig } from '../../runner/config.ts'

const env = { HOME: '/home/me' }

/** As Semaphore's page on runners prints it. */
const documented = `{
  "tmp_path": "/tmp/semaphore",
  "web_host": "https://semaphore_server_host",

  // Here you can provide other settings, for example: git_client, ssh_config_path, etc.
  // ...
  
  // Runner specific options
  "runner": {

    "token_file": "path/to/the/file/where/runner/saves/token"

    // Here you can provide other runner-specific options, 
    // which will be used for runner registration, for example: 
    // max_parallel_tasks, webhook, one_off, etc.
    // ...
  }
}`

test("the file of Semaphore's documentation is accepted as it stands", () => {
  const { value } = parseText('runner.json', documented)
  const config = toRunnerConfig({ file: '/etc/o/runner.json', mode: 0o644, value, env })
  assert.deepEqual(config.warnings, [])
  assert.equal(config.tmp_path, '/tmp/semaphore')
  assert.equal(config.web_host, 'https://semaphore_server_host')
  const tokenFile = '/etc/o/path/to/the/file/where/runner/saves/token'
  assert.equal(config.runner.token_file, tokenFile)
  assert.equal(config.runner.data_dir, `${tokenFile}.state`)
})

test('the options that it speaks of are accepted too', () => {
  const { value } = parseText(
    'runner.json',
    `{ "tmp_path": "/tmp/semaphore", "web_host": "https://server:3000", // comment
"runner": { "token_file": "path", "max_parallel_tasks": 2, "webhook": "https://hook/x", "one_off": true } }`,
  )
  const { runner } = toRunnerConfig({ value, env })
  assert.equal(runner.max_parallel_tasks, 2)
  assert.equal(runner.webhook, 'https://hook/x')
  assert.equal(runner.one_off, true)
})

test('the environment alone is enough', () => {
  const config = toRunnerConfig({
    value: {},
    env: {
      ...env,
      SEMAPHORE_WEB_ROOT: 'https://s:1',
      SEMAPHORE_RUNNER_TOKEN: 't',
      SEMAPHORE_RUNNER_SERVER_CA_CERT_FILE: '/ca.pem',
      OUTSTATION_RUNNER_TAGS: '["a", "b"]',
      OUTSTATION_RUNNER_ONE_OFF: 'true',
      OUTSTATION_RUNNER_MAX_PARALLEL_TASKS: '3',
    },
  })
  assert.equal(config.web_host, 'https://s:1')
  assert.equal(config.runner.token, 't')
  assert.equal(config.runner.ca_file, '/ca.pem')
  assert.deepEqual(config.runner.tags, ['a', 'b'])
  assert.equal(config.runner.one_off, true)
  assert.equal(config.runner.max_parallel_tasks, 3)
})

test('state lies beside what holds the token, or where systemd says', () => {
  const stateOf = (runner: object, variables = {}) =>
    toRunnerConfig({ file: '/etc/o/r.json', value: { runner }, env: { ...env, ...variables } })
      .runner.data_dir
  assert.equal(stateOf({ token_file: '/k/token' }), '/k/token.state')
  assert.equal(stateOf({ token: 't' }), '/etc/o/r.json.state')
  assert.equal(stateOf({ token_file: '/k/token' }, { STATE_DIRECTORY: '/s' }), '/s')
  assert.equal(stateOf({ token_file: '/k/token', data_dir: 'd' }), '/etc/o/d')
})

test('what Semaphore knows and Outstation does not need is named with its reason', () => {
  const { warnings } = toRunnerConfig({
    value: {
      cookie_hash: 'x',
      runner: {
        executor: { type: 'local', docker: { image: 'i' } },
        connection: { skip_tls_verify: true },
      },
    },
    env,
  })
  assert.deepEqual(warnings, [
    'cookie_hash: of Semaphore, without effect here: a session is a random number of which only the hash is stored',
    'runner.executor.docker: of Semaphore, without effect here: commands run on the machine of their runner; process.app_namespaces and runner.limits keep them apart',
    'runner.connection.skip_tls_verify: of Semaphore, without effect here: a certificate is always checked; trust its CA by runner.ca_file',
  ])
})

test('a container that a file asks for is not left out in silence', () => {
  const value = { runner: { executor: { type: 'docker' } } }
  assert.throws(() => toRunnerConfig({ value, env }), {
    message:
      /runner\.executor\.type.*"local": commands run on this machine, in no container.*"docker"/s,
  })
})

test('docs/configuration.md names every setting of the runner', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8')
  for (const [path] of leaves(RunnerFile)) assert.ok(text.includes(`\`${path}\``), path)
})

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type Type from 'typebox'
import { Value } from 'typebox/value'
import { forgetSecrets } from '../../../lib/config/environment.ts'
import { editorSchema } from '../../../lib/config/json-schema.ts'
import { parseText } from '../../../lib/config/read.ts'
import { settingsOf } from '../../../lib/config/settings.ts'
import { RunnerFile } from '../../../runner/config.ts'
import { ServerFile } from '../../../server/config/file.ts'
import { toServerConfig } from '../../../server/config.ts'
import { outstation } from '../outstation.ts'

const folder = mkdtempSync(join(tmpdir(), 'outstation-show-'))
after(() => rmSync(folder, { recursive: true }))

const yaml = `port: 3001
runner_registration_token: hunter2
broker:
  mode: external
  url: mqtts://user:hunter2@broker:8883
  username: me
  password_file: /p
env_vars: {API: hunter2}
mqtt:
`

test('each setting is shown as it counts, with who said so, and no secret', () => {
  const variables = { OUTSTATION_TLS_ENABLED: 'no', SEMAPHORE_WEB_ROOT: 'https://s/' }
  const source = {
    ...{ file: '/o.yaml', ...parseText('/o.yaml', yaml), mode: 0o600 },
    env: { STATE_DIRECTORY: '/s', ...variables },
  }
  const settings = settingsOf(ServerFile, source, toServerConfig(source))
  const row = (name: string) => {
    const { value, from } = settings.find(({ setting }) => setting === name) ?? assert.fail(name)
    return [value, from]
  }
  assert.deepEqual(row('port'), [3001, '/o.yaml:1'])
  assert.deepEqual(row('runner_registration_token'), ['***', '/o.yaml:2'])
  assert.deepEqual(row('broker.url'), ['mqtts://***@broker:8883', '/o.yaml:5'])
  assert.deepEqual(row('env_vars'), [{ API: '***' }, '/o.yaml:8'])
  assert.deepEqual(row('tls.enabled'), [false, 'env OUTSTATION_TLS_ENABLED'])
  assert.deepEqual(row('web_host'), ['https://s', 'env SEMAPHORE_WEB_ROOT'])
  assert.deepEqual(row('mqtt.port'), [8883, 'default'])
  assert.deepEqual(row('sqlite.host'), ['/s/database.sqlite', 'default'])
  assert.deepEqual(row('access_key_encryption'), [undefined, 'default'])
  assert.ok(!JSON.stringify(settings).includes('hunter2'))
})

test('the command prints them as a table or as JSON', async () => {
  const file = join(folder, 'server.yml')
  writeFileSync(file, `${yaml}jwt: {}\n`, { mode: 0o600 })
  const env = { OUTSTATION_PORT: '3002', SEMAPHORE_COOKIE_HASH: 'hunter2' }
  const [table, json, wrong] = await Promise.all([
    outstation(['config', 'show', '--config', file], { env }),
    outstation(['config', 'show', 'server', '--config', file, '--json'], { env }),
    outstation(['config', 'show', 'broker', '--config', file]),
  ])
  assert.match(table.stdout, /^SETTING +VALUE +FROM\nport +3002 +env OUTSTATION_PORT\n/)
  assert.match(table.stdout, /^mqtt\.prefix +"outstation\/v1" +default$/m)
  assert.match(table.stdout, /^warning: jwt: of Semaphore, without effect here: /m)
  const { file: named, settings, warnings } = JSON.parse(json.stdout)
  assert.equal(named, file)
  assert.deepEqual(settings[0], { setting: 'port', value: 3002, from: 'env OUTSTATION_PORT' })
  assert.equal(warnings.length, 2)
  assert.ok(!`${table.stdout}${json.stdout}`.includes('hunter2'))
  assert.deepEqual([wrong.code, wrong.stdout], [2, ''])
  assert.match(wrong.stderr, /^outstation: expected server or runner, got "broker"\n$/)
})

test('a schema takes what the server takes, knows what has no effect, and refuses a typing error', () => {
  const schema = editorSchema(ServerFile, 'x') as Type.TSchema
  const fine = {
    $schema: './s.json',
    port: ':3000',
    tls: { enabled: true },
    jwt: { enabled: true },
  }
  assert.ok(Value.Check(schema, fine))
  for (const wrong of [
    { prot: 1 },
    { tls: { cert: 'x' } },
    { port: true },
    { log: { level: 'x' } },
  ]) {
    assert.ok(!Value.Check(schema, wrong), JSON.stringify(wrong))
  }
  toServerConfig({ value: fine, env: { HOME: '/h' } })
})

test('what may be a secret is taken out of the environment, and nothing else', () => {
  const env: Record<string, string> = {
    ...{ OUTSTATION_RUNNER_TOKEN: 'a', SEMAPHORE_RUNNER_TOKEN: 'b', SEMAPHORE_ENV_VARS: '{}' },
    ...{ SEMAPHORE_RUNNER_REGISTRATION_TOKEN: 'c', PATH: '/bin', OUTSTATION_WEB_HOST: 'https://s' },
    OUTSTATION_RUNNER_TOKEN_FILE: '/t',
  }
  forgetSecrets(RunnerFile, env)
  assert.deepEqual(Object.keys(env).sort(), [
    'OUTSTATION_RUNNER_TOKEN_FILE',
    'OUTSTATION_WEB_HOST',
    'PATH',
  ])
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import { systemClock } from '../../lib/clock.ts'
import { createLog, silentLog } from '../../lib/log.ts'
import { loadRunnerConfig, type RunnerConfig } from '../../runner/config.ts'
import { findConnection } from '../../runner/connection.ts'
import { register } from '../../runner/register.ts'
import { unregister } from '../../runner/unregister.ts'
import { outstation } from '../cli/outstation.ts'
import { registrationToken, startRegistrar } from '../kit/registrar.ts'

const registrar = await startRegistrar()
after(() => registrar.close())

let folder: string
let configFile: string
let tokenFile: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outstation-register-'))
  configFile = join(folder, 'runner.json')
  tokenFile = join(folder, 'token')
  writeConfig(registrar.url)
})
afterEach(() => rmSync(folder, { recursive: true }))

function writeConfig(webHost: string, more = ''): void {
  writeFileSync(
    configFile,
    `{
  // kept
  "web_host": "${webHost}",
  "runner": { "token_file": "token", "name": "edge", "max_parallel_tasks": 2, "project_id": 3${more} }
}
`,
    { mode: 0o600 },
  )
}
const load = (): RunnerConfig => loadRunnerConfig({ configFile, env: {} })
const trust = { caFingerprint: registrar.fingerprint }
const token = () => readFileSync(tokenFile, 'utf8')
const mode = (file: string) => statSync(file).mode & 0o777

test('the token is kept private, the CA is pinned and remembered, comments stay', async () => {
  const { id, tokenPlace, config } = await register(load(), { registrationToken, ...trust })
  assert.deepEqual([id, tokenPlace], [1, tokenFile])
  assert.deepEqual([config.runner.token, config.runner.ca_file], ['token 1', load().runner.ca_file])
  assert.deepEqual([token(), mode(tokenFile)], ['token 1\n', 0o600])
  const { keys, ...registered } = registrar.registered.at(-1) ?? {}
  const keysFile = load().runner.keys_file
  const [own] = JSON.parse(readFileSync(keysFile, 'utf8')).keys
  assert.deepEqual(keys, { seal: own.seal.public, sign: own.sign.public })
  assert.equal(mode(keysFile), 0o600)
  assert.deepEqual(registered, {
    registration_token: registrationToken,
    name: 'edge',
    webhook: '',
    max_parallel_tasks: 2,
    enabled: true,
    tags: [],
    project_id: 3,
  })
  const caFile = `${tokenFile}.ca.pem`
  assert.equal(readFileSync(caFile, 'utf8'), registrar.caPem)
  assert.equal(load().runner.ca_file, caFile)
  assert.match(readFileSync(configFile, 'utf8'), /\/\/ kept/)
  assert.equal(mode(configFile), 0o600)
})

test('registering anew overwrites the token and needs no trust told again', async () => {
  await register(load(), { registrationToken, ...trust })
  const before = token()
  await register(load(), { registrationToken })
  assert.notEqual(token(), before)
})

test('the registration token comes by pipe, file or configuration, trimmed', async () => {
  const file = join(folder, 'registration')
  writeFileSync(file, `${registrationToken}\n`)
  await register(load(), { registrationTokenFile: file, ...trust })
  writeConfig(registrar.url, `, "registration_token_file": "registration"`)
  await register(load(), trust)
  const args = ['runner', 'register', '--stdin-registration-token', '--config', configFile]
  const piped = await outstation([...args, '--ca-fingerprint', registrar.fingerprint], {
    input: `${registrationToken}\n`,
  })
  assert.deepEqual([piped.code, piped.stderr], [0, ''])
  assert.match(piped.stdout, /^Registered as runner \d+; its token is in .*token\n$/)
  assert.doesNotMatch(piped.stdout, /token \d/)
})

test('what the command line says of the runner beats its configuration', async () => {
  const file = join(folder, 'registration')
  writeFileSync(file, registrationToken)
  const args = ['runner', 'register', '--config', configFile, '--registration-token-file', file]
  const flags = [
    ...['--ca-fingerprint', registrar.fingerprint, '--name', '0123', '--tags', 'a, b', '--tags=c'],
    ...['--webhook', 'https://hook.example/x', '--enabled=false', '--project-id', '7'],
  ]
  const { code, stderr } = await outstation([...args, ...flags])
  assert.deepEqual([code, stderr], [0, ''])
  const { registration_token, keys, ...registered } = registrar.registered.at(-1) ?? {}
  assert.deepEqual(registered, {
    ...{ name: '0123', tags: ['a', 'b', 'c'], webhook: 'https://hook.example/x' },
    ...{ enabled: false, project_id: 7, max_parallel_tasks: 2 },
  })
  const wrong = await outstation([...args, '--project-id', 'home'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /^outstation: --project-id: expected a number, got "home"\n$/)
})

test('without a token file the token is kept in the configuration', async () => {
  writeFileSync(configFile, `{ "web_host": "${registrar.url}" /* kept */ }`)
  await register(load(), { registrationToken, ...trust })
  assert.match(String(load().runner.token), /^token \d+$/)
  assert.match(readFileSync(configFile, 'utf8'), /kept/)
  assert.equal(mode(configFile), 0o600)
  assert.equal(await unregister(load()), true)
  assert.equal(load().runner.token, undefined)
})

test('a token that was in the configuration gives way to the token file', async () => {
  writeConfig(registrar.url, `, "token": "old"`)
  await register(load(), { registrationToken, ...trust })
  assert.equal(load().runner.token, undefined)
  assert.equal((await findConnection(load(), seek())).token, token().trim())
})

test('every way to fail is one line, and leaves the former token alone', async () => {
  await register(load(), { registrationToken, ...trust })
  const before = token()
  const plain = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
  await once(plain, 'listening')
  const plainPort = (plain.address() as AddressInfo).port
  const expired = await startRegistrar(Date.now() - 821 * 86_400_000)
  const wrongCa = join(folder, 'wrong.pem')
  writeFileSync(wrongCa, 'not a certificate')
  const zeros = `sha256:${'0'.repeat(64)}`
  const cases: [url: string, options: object, line: RegExp][] = [
    [registrar.url, { registrationToken }, /unknown CA; trust its CA with --ca-file/],
    [registrar.url, { registrationToken: 'x', ...trust }, /Invalid registration token/],
    [registrar.url, { registrationToken: ' \n', ...trust }, /expected one, got nothing; pipe it/],
    [registrar.url, { registrationToken, caFingerprint: zeros }, /expected CA sha256:000.*got sha/],
    [registrar.url, { registrationToken, caFingerprint: '12' }, /expected sha256: and 64 hex/],
    [registrar.url, { registrationToken, caFile: wrongCa }, /wrong\.pem: expected a CA as PEM/],
    ['https://127.0.0.1:9', { registrationToken }, /connection refused; is the server running/],
    [`https://127.0.0.1:${plainPort}`, { registrationToken }, /expected HTTPS, got/],
    [registrar.url.replace('https', 'http'), { registrationToken }, /does it speak HTTPS/],
    [expired.url, { registrationToken, caFingerprint: expired.fingerprint }, /has expired; renew/],
  ]
  try {
    for (const [url, options, line] of cases) {
      writeConfig(url)
      await assert.rejects(register(load(), options), (error: { line?: string }) => {
        assert.match(String(error.line), line)
        assert.doesNotMatch(String(error.line), /\n/)
        return true
      })
    }
  } finally {
    plain.close()
    await expired.close()
  }
  assert.equal(token(), before)
})

test('without a place for the token nobody is asked for one', async () => {
  const before = registrar.registered.length
  const config = loadRunnerConfig({
    configFile: false,
    env: { OUTSTATION_WEB_HOST: registrar.url },
  })
  await assert.rejects(register(config, { registrationToken }), { code: 'config' })
  assert.equal(registrar.registered.length, before)
})

test('unregistering removes the token here and there; a second time it is not registered', async () => {
  await register(load(), { registrationToken, ...trust })
  const mine = token().trim()
  assert.equal(await unregister(load()), true)
  assert.ok(!registrar.tokens.has(mine) && !existsSync(tokenFile))
  assert.equal(existsSync(load().runner.keys_file), false)
  await assert.rejects(unregister(load()), { message: 'the runner is not registered' })
})

test('a runner that was removed at the server can still be unregistered', async () => {
  await register(load(), { registrationToken, ...trust })
  registrar.tokens.clear()
  assert.equal(await unregister(load()), false)
  assert.equal(existsSync(tokenFile), false)
})

test('an unreachable server keeps the token', async () => {
  await register(load(), { registrationToken, ...trust })
  writeConfig('https://127.0.0.1:9')
  await assert.rejects(unregister(load()), { code: 'unavailable' })
  assert.equal(existsSync(tokenFile), true)
})

test('a start finds the broker, and trusts the CA beside the system roots', async () => {
  await register(load(), { registrationToken, ...trust })
  const found = await findConnection(load(), seek())
  assert.deepEqual(
    { ...found, ca: '' },
    {
      id: 1,
      registered: 'then',
      token: token().trim(),
      urls: ['mqtts://x'],
      prefix: 'p',
      ca: '',
      keyring: undefined,
    },
  )
  assert.ok(found.ca?.includes(registrar.caPem.trim()))
})

test('a start without a token, or with an unknown one, ends', async () => {
  await assert.rejects(findConnection(load(), seek()), { message: 'the runner has no token' })
  await register(load(), { registrationToken, ...trust })
  registrar.tokens.clear()
  await assert.rejects(findConnection(load(), seek()), {
    code: 'unauthenticated',
    fix: /register it/,
  })
})

test('a start waits for a server that is down, says so once a minute, and ends when told', async () => {
  writeConfig('https://127.0.0.1:9')
  writeFileSync(tokenFile, 'token')
  const lines: string[] = []
  const log = createLog({ write: (line) => lines.push(line) })
  const stop = new AbortController()
  let now = 0
  let tries = 0
  const clock = {
    now: () => now,
    monotonic: () => now,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted()
      now += ms
      tries += 1
      if (now > 170_000) stop.abort(new Error('enough'))
    },
  }
  const context = { clock, random: () => 0.9, log, signal: stop.signal }
  await assert.rejects(findConnection(load(), context), { message: 'enough' })
  assert.ok(tries > 5)
  assert.equal(lines.length, 3)
  assert.match(String(lines[0]), /server not reached; trying again reason="https:.*refused/)
})

function seek() {
  const { signal } = new AbortController()
  return { clock: systemClock, random: Math.random, log: silentLog, signal }
}

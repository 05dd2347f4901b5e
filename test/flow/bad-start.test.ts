/** What cannot start says why, in one line that tells what to do, and ends with 1 (2: called wrongly). */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { outstation, type Run } from '../cli/outstation.ts'
import { createAuthority, type Ends } from '../kit/broker.ts'
import { freePorts } from '../kit/ports.ts'
import { Program } from '../kit/program.ts'
import { openWorld, type World } from '../kit/world.ts'

let world: World
before(async () => {
  world = await openWorld({ files: { 'hello.sh': 'echo hello\n' } })
})
after(() => world.close())

let folders = 0

/** @returns the path of a new file with this configuration, in a folder of its own */
async function writeConfig(config: object): Promise<string> {
  const folder = join(world.folder, `bad-${++folders}`)
  await mkdir(folder)
  const file = join(folder, 'config.json')
  await writeFile(file, JSON.stringify(config), { mode: 0o600 })
  return file
}

/** A server of its own beside the world's, but for what `config` says. */
async function startServer(config: object): Promise<Run> {
  const [port, mqttPort] = await freePorts(2)
  const file = await writeConfig({
    data_dir: `${world.folder}/data-${folders}`,
    port,
    interface: '127.0.0.1',
    mqtt: { port: mqttPort, interface: '127.0.0.1' },
    log: { level: 'warn' },
    ...config,
  })
  return outstation(['server', '--config', file])
}

function expectLine({ code, stderr, stdout }: Run, line: RegExp, exitCode = 1): void {
  assert.deepEqual([code, stdout], [exitCode, ''], stderr)
  assert.match(stderr, /^outstation: .*\n$/, 'one line')
  assert.match(stderr, line)
}

async function expectUndisturbed(): Promise<void> {
  assert.equal((await world.finished(await world.script('hello.sh'))).status, 'success')
}

test('a wrong or missing registration token', async () => {
  const config = await writeConfig({
    web_host: world.url,
    runner: { token_file: 'token', ca_file: join(world.dataDir, 'ca.pem') },
  })
  const register = ['runner', 'register', '--config', config]
  const piped = [...register, '--stdin-registration-token']
  const refused = await outstation(piped, { input: 'wrong' })
  expectLine(refused, /\/api\/internal\/runners: Invalid registration token/)
  expectLine(await outstation(piped), /registration token: expected one, got nothing; pipe it/, 2)
  expectLine(
    await outstation(register),
    /registration token: expected one, got nothing; pipe it/,
    2,
  )
  assert.equal(existsSync(join(config, '../token')), false)
  const { length } = (await world.api.get('/api/runners')).json()
  assert.equal(length, world.runners.length)
})

test('five mistakes in a configuration are five lines', async () => {
  const config = await writeConfig({
    web_hots: world.url,
    tmp_path: 7,
    log: { level: 'loud' },
    runner: { max_parallel_tasks: -1, mqtt_url: 'http://x' },
  })
  const { code, stderr } = await outstation(['runner', 'start', '--config', config])
  assert.equal(code, 1)
  const lines = stderr.trimEnd().split('\n')
  assert.equal(lines.length, 5, stderr)
  for (const line of lines) assert.match(line, /^outstation: .*: expected .*, got .*/)
  assert.match(stderr, /tmp_path: expected .*, got 7/)
  assert.match(stderr, /web_hots: .*web_host/)
})

test('a certificate that has expired', async (t) => {
  const authority = await createAuthority()
  const expired = await authority.issue({ notAfter: new Date('2020-01-01') })
  const [caFile, cert_file, key_file] = ['ca.pem', 'server.pem', 'server.key'].map((name) =>
    join(world.folder, `expired-${name}`),
  ) as [string, string, string]
  await writeFile(caFile, authority.ca)
  await writeFile(cert_file, expired.cert)
  await writeFile(key_file, expired.key, { mode: 0o600 })

  await t.test('the server does not start with it', async () => {
    expectLine(
      await startServer({ tls: { cert_file, key_file } }),
      /tls\.cert_file: .*: expected a valid certificate, got one that expired on .*2020/,
    )
  })

  const server = createServer(expired, (_request, response) => response.end())
  const web_host = `https://localhost:${await portOf(t, server)}`
  const token_file = join(world.folder, 'expired-token')
  const config = await writeConfig({
    web_host,
    log: { format: 'json' },
    runner: { token_file, ca_file: caFile },
  })

  await t.test('a runner is not registered there', async () => {
    const register = ['runner', 'register', '--stdin-registration-token', '--config', config]
    expectLine(await outstation(register, { input: 'x' }), /certificate .*expired.*; renew it/)
  })

  await t.test('a runner waits until it is renewed', async (t) => {
    await writeFile(token_file, 'x', { mode: 0o600 })
    const runner = new Program(['runner', 'start', '--config', config], 'connected')
    t.after(() => runner.end('SIGKILL'))
    void runner.launch()
    const { reason } = await runner.logged('server not reached; trying again')
    assert.match(String(reason), /certificate .*expired/)
  })
})

test('two servers on one data folder, or on one database', async () => {
  const locked = /held by an outstation server, process \d+; stop that process/
  const database = join(world.dataDir, 'database.sqlite')
  expectLine(await startServer({ data_dir: world.dataDir }), locked)
  expectLine(await startServer({ sqlite: { host: database } }), locked)
  await expectUndisturbed()
})

test('ports that are in use', async () => {
  const { port, mqttPort } = world
  expectLine(
    await startServer({ port }),
    new RegExp(
      `port ${port}: another program listens on it; end that program or set another "port"`,
    ),
  )
  expectLine(
    await startServer({ mqtt: { port: mqttPort, interface: '127.0.0.1' } }),
    new RegExp(`MQTT port ${mqttPort} on 127.0.0.1 is in use; stop the program that listens there`),
  )
  await expectUndisturbed()
})

test('folders that cannot be made', async () => {
  const below = join(world.config, 'below')
  for (const config of [{ data_dir: below }, { sqlite: { host: join(below, 'database') } }]) {
    expectLine(await startServer(config), /^outstation: ENOTDIR: .*server\.json\/below'$/m)
  }
})

async function portOf(t: Ends, server: ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

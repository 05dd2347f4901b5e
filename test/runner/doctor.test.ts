import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { generate } from 'selfsigned'
import { type Clock, systemClock } from '../../lib/clock.ts'
import { loadRunnerConfig, toRunnerConfig } from '../../runner/config.ts'
import type { Finding } from '../../runner/doctor/finding.ts'
import { examine } from '../../runner/doctor.ts'
import { outstation } from '../cli/outstation.ts'
import { SmallDisk } from '../kit/small-disk.ts'
import { openWorld } from '../kit/world.ts'

const world = await openWorld({ files: {}, runners: 1 })
after(() => world.close())
const other = await world.addRunner()

type Changes = { runner?: object } & Record<string, unknown>

/** What is found with these settings beside those of the runner that does not run. */
async function found({ runner, ...rest }: Changes = {}, clock: Clock = systemClock) {
  const { file, ...source } = { ...fileOf(other.config), env: { HOME: world.folder } }
  const value = { ...source.value, ...rest, runner: { ...source.value.runner, ...runner } }
  return collect(toRunnerConfig({ file, value, env: source.env }), clock)
}

function fileOf(config: string) {
  const { web_host, runner, tmp_path } = loadRunnerConfig({ configFile: config, env: {} })
  const { token_file, ca_file } = runner
  return { file: config, value: { web_host, tmp_path, runner: { token_file, ca_file } } }
}

async function collect(config: Parameters<typeof examine>[0], clock: Clock) {
  const findings: Finding[] = []
  for await (const finding of examine(config, clock)) findings.push(finding)
  return findings
}

const bad = (findings: Finding[]) => findings.filter(({ state }) => state === 'failed')
/** The one that failed. */
function only(findings: Finding[]): string {
  const [failed, ...more] = bad(findings)
  assert.ok(failed && more.length === 0, JSON.stringify(bad(findings), null, 2))
  return `${failed.check}: ${failed.says}; ${failed.fix}`
}

test('all is well: a line for each check, and exit code 0', async () => {
  const { code, stdout, stderr } = await outstation(['runner', 'doctor', '--config', other.config])
  assert.deepEqual([code, stderr], [0, ''])
  for (const line of [
    /^ok {7}dns +localhost is .*\(\d+ ms\)$/m,
    /^ok {7}tcp +localhost:\d+ answers \(\d+ ms\)$/m,
    /^ok {7}certificate +valid until 20\d\d-\d\d-\d\d$/m,
    /^ok {7}clock +it agrees with the server's$/m,
    /^ok {7}token +accepted: runner \d+, "/m,
    /^ok {7}broker +mqtts:\/\/localhost:\d+ lets it in after \d+ ms; a round trip takes [\d.]+ ms$/m,
    /^ok {7}broker +wss:\/\/localhost:\d+\/mqtt lets it in after/m,
    /^ok {7}tools +on PATH: .*bash/m,
    /^ok {7}files +\S+token is private$/m,
  ]) {
    assert.match(stdout, line)
  }
})

test('a runner that runs keeps its connection', async () => {
  const [running] = world.runners
  const findings = await collect(
    loadRunnerConfig({ configFile: running?.config, env: {} }),
    systemClock,
  )
  assert.deepEqual(bad(findings), [])
  const broker = findings.filter(({ check }) => check === 'broker')
  assert.deepEqual(
    broker.map(({ state, says }) => [state, says]),
    [['note', 'not tried, since this runner runs and is connected']],
  )
})

test('a CA that is not trusted is named by the fingerprint that the server prints', async () => {
  const strange = await certificate({ name: 'strange' })
  const file = join(world.folder, 'strange.pem')
  await writeFile(file, strange.cert)
  const findings = await found({ runner: { ca_file: file } })
  const { ca_fingerprint: fingerprint } = await world.server.logged('serving')
  const line = only(findings)
  assert.match(line, /^certificate: signed by an unknown CA: .*, sha256:[0-9a-f]{64}; compare that/)
  assert.ok(line.includes(String(fingerprint)), `${line}: ${fingerprint}`)
  assert.deepEqual(stateOf(findings, 'broker'), ['skipped'])
  assert.match(only(await found({ runner: { ca_file: '/nowhere' } })), /^certificate: \/nowhere: /)
})

test('a certificate that has expired, is not valid yet or is for another name says so', async () => {
  const day = 86_400_000
  const cases: [Parameters<typeof certificate>[0], RegExp][] = [
    [{ from: -9 * day, to: -day }, /^certificate: expired on 20\d\d-\d\d-\d\d; renew it/],
    [{ from: day, to: 9 * day }, /^certificate: valid only from 20\d\d-\d\d-\d\d; set the clock/],
    [{ address: '127.0.0.9' }, /^certificate: for 127\.0\.0\.9, and not for 127\.0\.0\.1; use one/],
  ]
  for (const [options, line] of cases) {
    const { cert, private: key } = await certificate(options)
    const server = createServer({ cert, key }, (_request, response) => response.end('pong'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const file = join(world.folder, 'trusted.pem')
    await writeFile(file, cert)
    const { port } = server.address() as AddressInfo
    const web_host = `https://127.0.0.1:${port}`
    assert.match(only(await found({ web_host, runner: { ca_file: file } })), line)
    server.closeAllConnections()
    await once(server.close(), 'close')
  }
})

test('a clock that is wrong is told by how much', async () => {
  const ahead = { ...systemClock, now: () => Date.now() + 600_000 }
  assert.match(
    only(await found({}, ahead)),
    /^clock: it is (599|600) s ahead of the server's; set the wrong one right/,
  )
  const behind = { ...systemClock, now: () => Date.now() - 60_000 }
  const [note] = (await found({}, behind)).filter(({ check }) => check === 'clock')
  assert.equal(note?.state, 'note')
  assert.match(String(note?.says), /^it is (59|60) s behind the server's$/)
})

test('a token that is missing, or no longer known', async () => {
  const none = await found({ runner: { token_file: join(world.folder, 'none') } })
  assert.match(only(none), /^token: this runner has none; outstation runner register, or set/)
  const gone = await world.addRunner()
  await world.api.delete(`/api/runners/${gone.id}`)
  const config = loadRunnerConfig({ configFile: gone.config, env: {} })
  assert.match(
    only(await collect(config, systemClock)),
    /^token: the server does not know this runner's token; it was removed there; register it anew/,
  )
})

test('a tool that the owner has named and that is not there', async () => {
  const findings = await found({ apps: { python: { path: '/nowhere/python' } } })
  assert.match(only(findings), /^tools: app python: \/nowhere\/python is not on PATH; install/)
  const none = await found({ env_vars: { PATH: '/nowhere' }, git_client: 'cmd_git' })
  assert.match(only(none), /^git: not on PATH: git, ssh, ssh-agent; git_client is cmd_git; install/)
})

test('folders that cannot be written, files that others may read', async () => {
  const file = join(world.folder, 'a-file')
  await writeFile(file, '')
  assert.match(
    only(await found({ tmp_path: join(file, 'tmp') })),
    /^folders: tmp_path: \S+ cannot be written: \S+a-file is no folder; make it/,
  )
  const token = join(world.folder, 'open-token')
  await writeFile(token, other.token)
  await chmod(token, 0o644)
  const open = await found({ runner: { token_file: token, keys_file: keysOf(other.folder) } })
  assert.match(only(open), /^files: \S+open-token holds secrets, .*; run: chmod 600 \S+open-token$/)
})

test('a disk that is full', async (t) => {
  const disk = await SmallDisk.for(t)
  await disk?.fill()
  if (disk === undefined) return
  assert.match(
    only(await found({ tmp_path: join(disk.path, 'tmp') })),
    /^disk: only 0 MB free at \S+: the runner takes no task; free some space there, or set disk/,
  )
})

test('an address that is none', async () => {
  const unknown = only(await found({ web_host: 'https://nowhere.invalid' }))
  assert.match(unknown, /^dns: nowhere\.invalid: the name is not known \(E/)
  const plain = await found({ web_host: world.url.replace('https', 'http') })
  assert.equal(plain.find(({ check }) => check === 'certificate')?.state, 'note')
  assert.match(only(await found({ web_host: '' })), /^server: web_host: expected the URL/)
})

test('a server that is stopped: its port is named, and exit code 1', async () => {
  await world.server.end('SIGTERM')
  const run = await outstation(['runner', 'doctor', '--json', '--config', other.config])
  assert.equal(run.code, 1)
  const findings: Finding[] = JSON.parse(run.stdout)
  assert.match(only(findings), /^tcp: nothing listens at localhost:\d+; is the server running/)
  assert.deepEqual(stateOf(findings, 'broker'), ['skipped'])
  assert.deepEqual(stateOf(findings, 'token'), [])
})

const stateOf = (findings: Finding[], name: string) =>
  findings.filter(({ check }) => check === name).map(({ state }) => state)

const keysOf = (folder: string) => join(folder, 'token.keys.json')

interface CertificateOptions {
  name?: string
  address?: string
  /** From now, ms. */
  from?: number
  to?: number
}

function certificate({
  name = 'x',
  address = '127.0.0.1',
  from = -1e3,
  to = 1e9,
}: CertificateOptions) {
  return generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    notBeforeDate: new Date(Date.now() + from),
    notAfterDate: new Date(Date.now() + to),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: address }] },
    ],
  })
}

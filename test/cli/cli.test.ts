import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { version } from '../../lib/version.ts'
import { openSqlite } from '../../server/store/open.ts'
import { outstation } from './outstation.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'outstation-cli-'))
after(() => rmSync(folder, { recursive: true }))

test('help lists every command and shows examples, and is no failure', async () => {
  const all = await outstation([])
  assert.equal(all.code, 0)
  for (const command of ['server', 'user add', 'runner register', 'task log']) {
    assert.match(all.stdout, new RegExp(`^ +${command} +\\S`, 'm'))
  }
  const one = await outstation(['runner', 'register', '--help'])
  assert.equal(one.code, 0)
  assert.match(one.stdout, /--stdin-registration-token/)
  assert.match(one.stdout, /Examples\n +\$ outstation runner register/)
  const alone = await outstation(['runner'])
  assert.equal(alone.code, 0)
  assert.match(alone.stdout, /Usage/)
})

test('a wrong call is one line on stderr and exit code 2', async () => {
  for (const args of [
    ['sevrer'],
    ['user'],
    ['user', 'add', '--nmae', 'x'],
    ['user', 'add', '--login', 'x'],
    ['runner', 'register', '--no-config'],
    ['task', 'log', 'seven', '--token', 'x'],
    ['task', 'list'],
  ]) {
    const { code, stdout, stderr } = await outstation(args)
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, /^outstation: .+\n$/)
    assert.doesNotMatch(stderr, /\bat .*:\d+:\d+/)
  }
})

test('five mistakes in the configuration are five lines and exit code 1', async () => {
  const texts = {
    'five.json': '{"a_b": 1,\n"port": true, "tls": 1,\n"log": {"level": "x"}, "dialect": "y"}',
    'five.yaml': 'a_b: 1\nport: yes\ntls: 1\nlog:\n  level: x\ndialect: y\n',
  }
  for (const [name, text] of Object.entries(texts)) {
    const file = join(folder, name)
    writeFileSync(file, text)
    const { code, stderr } = await outstation(['server', '--config', file])
    assert.equal(code, 1)
    assert.equal(stderr.trimEnd().split('\n').length, 5)
    assert.match(
      stderr,
      new RegExp(`^outstation: ${file}:2: port: expected a port .*, got .+$`, 'm'),
    )
  }
})

test('a server that is not there is one line and exit code 1', async () => {
  const { code, stderr } = await outstation(['task', 'list', '--host', 'http://127.0.0.1:9'], {
    env: { OUTSTATION_TOKEN: 'secret-token' },
  })
  assert.equal(code, 1)
  assert.match(stderr, /^outstation: http:\/\/127\.0\.0\.1:9: connection refused; .*\n$/)
  assert.doesNotMatch(stderr, /secret-token/)
})

test('people are managed in the database, the password by a pipe', async () => {
  const config = join(folder, 'server.json')
  writeFileSync(config, JSON.stringify({ data_dir: join(folder, 'data') }))
  const user = (command: string, flags: string[], input = '') =>
    outstation(['user', command, '--config', config, ...flags], { input })
  const details = ['--name', '007', '--email', 'ann@example.org']

  const ann = ['--login', 'ann', '--password-file', '-']
  assert.equal((await user('add', [...ann, ...details, '--admin'], 'open sesame\n')).code, 0)
  const taken = await user('add', [...ann, ...details], 'x')
  assert.equal(taken.code, 1)
  assert.match(taken.stderr, /login: ann is taken/)

  const [listed] = JSON.parse((await user('list', ['--json'])).stdout)
  assert.equal(listed.name, '007')
  assert.equal(listed.admin, true)
  assert.equal('password' in listed, false)
  assert.match(
    (await user('list', [])).stdout,
    /^LOGIN +NAME .*\nann +007 +ann@example\.org +admin\n$/,
  )

  const change = await user('change-by-login', ['--login', 'ann', '--name', 'Ann'])
  assert.deepEqual([change.code, change.stderr], [0, ''])
  const byEmail = ['--email', 'ann@example.org']
  assert.equal((await user('change-by-email', [...byEmail, '--name', 'Anna'])).code, 0)
  const got = await user('get', [...byEmail, '--json'])
  assert.deepEqual([JSON.parse(got.stdout).name, got.stdout.includes('password')], ['Anna', false])
  const nobody = await user('get', ['--email', 'ann'])
  assert.match(nobody.stderr, /^outstation: user ann: not found; `outstation user list` shows/)
  assert.match((await user('token', ['--login', 'ann'])).stdout, /^ost_[\w-]{43}\n$/)
  const last = await user('delete', ['--login', 'ann'])
  assert.equal(last.code, 1)
  assert.match(last.stderr, /last admin; make another user admin first/)

  const bob = ['--login', 'bob', '--name', 'Bob', '--email', 'bob@example.org']
  await user('add', [...bob, '--password-file', '-'], 'x')
  await user('delete', ['--login', 'bob'])
  const store = await openSqlite(join(folder, 'data', 'database.sqlite'))
  const told = await store.read('events').orderBy('id').pluck('description')
  await store.close()
  const done = [
    ...[
      '007 created, as admin',
      '007 changed: name',
      'Ann changed: name',
      'Anna given an API token',
    ],
    ...['Bob created', 'Bob deleted'],
  ]
  assert.deepEqual(
    told,
    done.map((one) => `user ${one}, on the server's machine`),
  )
})

test('compiled, it is the same program', async () => {
  // Into a folder of the test's own: others may be using dist.
  const dist = join(folder, 'compiled')
  const tsc = join(root, 'node_modules/.bin/tsc')
  await promisify(execFile)(tsc, ['-p', 'tsconfig.build.json', '--outDir', dist], { cwd: root })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), `{"type": "module", "version": "${version}"}`)
  const program = [join(dist, 'cli.js')]
  const { code, stdout, stderr } = await outstation(['version'], { program })
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${version}\n`, stderr: '' })
  assert.equal((await outstation(['runner', 'strat'], { program })).code, 2)
})

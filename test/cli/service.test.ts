import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { installService, type Role, uninstallService } from '../../cli/service/install.ts'
import { unitText } from '../../cli/service/unit.ts'
import { outstation } from './outstation.ts'

const folder = mkdtempSync(join(tmpdir(), 'outstation-service-'))
after(() => rmSync(folder, { recursive: true }))
const config = join(folder, 'a config.json')
writeFileSync(config, '{}', { mode: 0o600 })
const roles: Role[] = ['server', 'runner']

const noAnalyze =
  spawnSync('systemd-analyze', ['--version']).status === 0
    ? false
    : 'systemd-analyze is not installed'

test('systemd finds nothing wrong with the units', { skip: noAnalyze }, () => {
  for (const role of roles) {
    const command = [process.execPath, '/x/cli.js', '--config', '/a "b" 100% $HOME/c.json']
    const file = join(folder, `outstation-${role}.service`)
    writeFileSync(file, unitText({ role, command, user: 'root', tasks: role === 'runner' }))
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    })
    const about = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line.includes(`-${role}.service`))
    assert.deepEqual([status, about], [0, []])
  }
  const wrong = join(folder, 'outstation-wrong.service')
  const text = unitText({ role: 'runner', command: [process.execPath], user: 'root', tasks: true })
  writeFileSync(wrong, text.replace('UMask=0077', 'UMask=many'))
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', wrong], {
    encoding: 'utf8',
  })
  assert.match(stderr, /outstation-wrong\.service/)
})

test('a unit keeps its words together, and a task its sudo', () => {
  const command = ['/node', '/a b', '100%', '$HOME', '"']
  const text = unitText({ role: 'runner', command, user: 'me', tasks: true })
  assert.ok(text.includes('\nExecStart="/node" "/a b" "100%%" "$$HOME" "\\""\n'), text)
  assert.ok(text.includes('\nUser=me\n') && text.includes('\nDelegate=yes\n'))
  // Each of these means no new privileges for a user who is not root.
  assert.doesNotMatch(text, /NoNewPrivileges|Protect|Restrict|Private|LockPersonality/)
})

test('a server is kept from more, unless it runs tasks itself', async () => {
  const file = join(folder, 'both.json')
  const print = async (value: object) => {
    writeFileSync(file, JSON.stringify(value), { mode: 0o600 })
    return (await outstation(['server', 'install', '--print', '--config', file])).stdout
  }
  assert.match(await print({}), /^NoNewPrivileges=yes\nProtectSystem=full$/m)
  assert.doesNotMatch(await print({ use_remote_runner: false }), /NoNewPrivileges|Protect/)
})

test('it is printed, and refused without a file', async () => {
  const [printed, without] = await Promise.all([
    outstation(['runner', 'install', '--print', '--user', 'me', '--config', config]),
    outstation(['runner', 'install', '--print', '--no-config']),
  ])
  assert.deepEqual([printed.code, printed.stderr], [0, ''])
  assert.match(
    printed.stdout,
    /^ExecStart=".*cli\.ts" "runner" "start" "--config" ".*a config\.json"$/m,
  )
  assert.equal(without.code, 2)
})

test('it is written, enabled where systemd runs, and removed again', (t) => {
  t.mock.method(console, 'log', () => {})
  for (const role of roles) {
    const asked: string[][] = []
    const systemd = {
      folder: join(folder, 'units'),
      ctl: (...args: string[]) => void asked.push(args),
    }
    const name = `outstation-${role}.service`
    const unit = join(systemd.folder, name)
    installService(role, { config }, systemd)
    assert.match(readFileSync(unit, 'utf8'), new RegExp(`^Description=Outstation ${role}$`, 'm'))
    assert.deepEqual(asked, [['daemon-reload'], ['enable', '--now', name]])
    uninstallService(role, systemd)
    assert.equal(existsSync(unit), false)
    assert.deepEqual(asked.slice(2), [['disable', '--now', name], ['daemon-reload']])
    assert.throws(() => uninstallService(role, systemd), { code: 'not_found' })
  }
  installService('runner', { config }, { folder, ctl: undefined })
  assert.ok(existsSync(join(folder, 'outstation-runner.service')))
})

/** `outstation runner install`, `server install` and `uninstall` */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import { type ConfigFlags, runnerConfig, serverConfig } from '../config/load.ts'
import { type UnitOptions, unitText } from './unit.ts'

export type Role = UnitOptions['role']

export interface InstallFlags extends ConfigFlags {
  user?: string
  print?: boolean
}

/** Where units lie, and how systemd is told; undefined = it does not run here. */
export interface Systemd {
  folder: string
  ctl: ((...args: string[]) => void) | undefined
}

export function installService(
  role: Role,
  flags: InstallFlags,
  systemd: Systemd = thisMachine(),
): void {
  const { file, tasks } = role === 'runner' ? ofRunner(flags) : ofServer(flags)
  if (file === undefined) {
    throw new AppError('usage', '--no-config: expected a file, since a unit has no variables')
  }
  const user = flags.user ?? userInfo().username
  const words = role === 'runner' ? ['runner', 'start'] : ['server']
  const text = unitText({ role, user, tasks, command: [...program(), ...words, '--config', file] })
  if (flags.print) return void process.stdout.write(text)
  const name = nameOf(role)
  const unit = join(systemd.folder, name)
  mkdirSync(systemd.folder, { recursive: true })
  writeFileSync(unit, text, { mode: 0o644 })
  console.log(`Written: ${unit}`)
  if (systemd.ctl === undefined) {
    console.log('systemd does not run here. Where it does:')
    console.log(`  systemctl daemon-reload && systemctl enable --now ${name}`)
    return
  }
  systemd.ctl('daemon-reload')
  systemd.ctl('enable', '--now', name)
  console.log(`Enabled and started: see systemctl status ${name}`)
}

/** Configuration, token and state stay. */
export function uninstallService(role: Role, systemd: Systemd = thisMachine()): void {
  const name = nameOf(role)
  const unit = join(systemd.folder, name)
  if (!existsSync(unit)) {
    throw new AppError('not_found', `${unit}: expected a unit, got none`, {
      fix: 'there is nothing to do',
    })
  }
  systemd.ctl?.('disable', '--now', name)
  rmSync(unit)
  systemd.ctl?.('daemon-reload')
  console.log(`Removed: ${unit}`)
}

function ofRunner(flags: ConfigFlags) {
  return { file: runnerConfig(flags).file, tasks: true }
}

function ofServer(flags: ConfigFlags) {
  const { file, use_remote_runner } = serverConfig(flags)
  return { file, tasks: !use_remote_runner }
}

function nameOf(role: Role): string {
  return `outstation-${role}.service`
}

/** This very program, as it was started. */
function program(): string[] {
  return [process.execPath, ...process.execArgv, resolve(process.argv[1] as string)]
}

function thisMachine(): Systemd {
  const folder = '/etc/systemd/system'
  return { folder, ctl: existsSync('/run/systemd/system') ? systemctl : undefined }
}

function systemctl(...args: string[]): void {
  const { status, stderr, error } = spawnSync('systemctl', args, { encoding: 'utf8' })
  if (status === 0) return
  const said = error?.message ?? (stderr.trim().split('\n')[0] || `exit code ${status}`)
  throw new AppError('tool', `systemctl ${args.join(' ')}: ${said}`, {
    fix: 'run it as root, or give --print and place the unit yourself',
  })
}

/**
 * A real Mosquitto as a child process, from mosquitto.example.conf as it stands: only its ports and
 * folders are replaced. On loopback, in a temporary folder, with a CA of its own; it ends with the test.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { secretToken } from '../../lib/ids.ts'
import { createAuthority, type Ends, type Mailbox, mailbox } from './broker.ts'
import { freePorts } from './ports.ts'

const example = join(import.meta.dirname, '../../mosquitto.example.conf')
const dynsecFile = 'dynamic-security.json'

export interface Mosquitto {
  readonly url: string
  readonly websocketUrl: string
  /** PEM of the CA that its certificate is signed by. */
  readonly ca: string
  /** The administrator that `mosquitto_ctrl dynsec init` made. */
  readonly username: string
  readonly password: string
  /** `mosquitto_ctrl dynsec ...` over TLS, as an operator types it. @returns what it prints. */
  control(...command: string[]): Promise<string>
  /** Its log so far, a line each. */
  readonly log: Mailbox<string>
  /** Ends it and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again, on the same ports. */
  start(): Promise<void>
  /** Throws away all that it knows of users and rights, but for the administrator. Stop it first. */
  wipe(): Promise<void>
}

export interface MosquittoOptions {
  /** The text that is run, made from the example's. */
  edit?: (conf: string) => string
}

/** For a test's `skip`: false where Mosquitto is installed, and in CI, where it must be. */
export const skip = process.env.CI || programs().every(Boolean) ? false : 'mosquitto not installed'

/** @param t ends it after the test, whatever happened. */
export async function startMosquitto(
  t: Ends,
  { edit = (conf) => conf }: MosquittoOptions = {},
): Promise<Mosquitto> {
  const [mosquitto, control, plugin] = programs()
  if (!mosquitto || !control || !plugin) throw new Error('apt-get install mosquitto')
  const folder = await mkdtemp(join(tmpdir(), 'outstation-mosquitto-'))
  let child: ChildProcess | undefined
  const stop: Mosquitto['stop'] = async (signal = 'SIGTERM') => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  t.after(async () => {
    await stop()
    await rm(folder, { recursive: true })
  })

  const [port, webPort] = (await freePorts(2)) as [number, number]
  const ports = { 8883: port, 8884: webPort }
  const username = 'outstation'
  const password = secretToken('')
  const log = mailbox<string>()
  const ca = await writeCertificates(folder)
  await writeFile(join(folder, 'mosquitto.conf'), edit(await conf(folder, plugin, ports)))
  const init = async () => {
    const args = ['dynsec', 'init', join(folder, dynsecFile), username]
    await ask(control, args, password, password)
    await giveToMosquitto(folder)
  }

  const broker: Mosquitto = {
    url: `mqtts://127.0.0.1:${ports[8883]}`,
    websocketUrl: `wss://127.0.0.1:${ports[8884]}/mqtt`,
    ca,
    username,
    password,
    log,
    async start() {
      child = spawn(mosquitto, ['-c', join(folder, 'mosquitto.conf')], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      await running(child, log)
      await greet(ports[8883], ca)
    },
    stop,
    control(...command) {
      const where = `-h 127.0.0.1 -p ${ports[8883]} --cafile ${join(folder, 'ca.crt')}`.split(' ')
      return ask(control, [...where, '-u', username, 'dynsec', ...command], password)
    },
    async wipe() {
      await rm(join(folder, dynsecFile))
      await init()
    },
  }
  await init()
  await broker.start()
  return broker
}

/** The example with this machine's ports and folders, and nothing else. */
async function conf(folder: string, plugin: string, ports: Record<number, number>) {
  return (await readFile(example, 'utf8'))
    .replaceAll(/^plugin .*$/gm, `plugin ${plugin}`)
    .replaceAll('/etc/mosquitto/certs', folder)
    .replaceAll('/var/lib/mosquitto', folder)
    .replaceAll(/^listener (\d+)$/gm, (_line, port) => `listener ${ports[port]} 127.0.0.1`)
}

/** Resolves at the line that says it runs; rejects with its log if it ends before. */
async function running(child: ChildProcess, log: Mailbox<string>): Promise<void> {
  const lines = createInterface({ input: child.stderr as NonNullable<ChildProcess['stderr']> })
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      log.push(line)
      if (/mosquitto version \S+ running$/.test(line)) resolve()
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`mosquitto ended:\n${log.all.join('\n')}`)))
  })
}

/** After its "running" it forgets a SIGTERM once: only what answers can be stopped. */
async function greet(port: number, ca: string): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, ca })
  await once(socket, 'secureConnect')
  socket.destroy()
}

/** `mosquitto_ctrl` asks for passwords; as an argument every user would see them. */
async function ask(program: string, args: string[], ...passwords: string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(passwords.map((password) => `${password}\n`).join(''))
  const said = await text(child.stdout)
  if (child.exitCode === null) await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`${program} ${args}: exit code ${child.exitCode}`)
  return said.replaceAll(/^.*assword for .*: $/gm, '').trim()
}

/** Started by root, Mosquitto becomes the user `mosquitto` before it reads its files. */
async function giveToMosquitto(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const line = /^mosquitto:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8'))
  if (!line) throw new Error('there is no user mosquitto')
  for (const path of [folder, ...(await readdir(folder)).map((name) => join(folder, name))]) {
    await chown(path, Number(line[1]), Number(line[2]))
  }
}

/** @returns the PEM of the CA. */
async function writeCertificates(folder: string): Promise<string> {
  const authority = await createAuthority()
  const { cert, key } = await authority.issue()
  await writeFile(join(folder, 'ca.crt'), authority.ca)
  await writeFile(join(folder, 'server.crt'), cert)
  await writeFile(join(folder, 'server.key'), key, { mode: 0o600 })
  return authority.ca
}

/** Where the broker, its control program and the plugin lie; undefined for what is missing. */
function programs(): (string | undefined)[] {
  const path = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  const libraries = ['x86_64-linux-gnu/', 'aarch64-linux-gnu/', ''].map((it) => `/usr/lib/${it}`)
  return [
    first(path, 'mosquitto', constants.X_OK),
    first(path, 'mosquitto_ctrl', constants.X_OK),
    first(libraries, 'mosquitto_dynamic_security.so', constants.R_OK),
  ]
}

function first(folders: string[], name: string, mode: number): string | undefined {
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, mode)
        return true
      } catch {
        return false
      }
    })
}

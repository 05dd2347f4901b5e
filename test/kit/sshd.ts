/** A real sshd on a loopback port, which lets in whoever has a key of its `authorized_keys`. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { freePorts } from './ports.ts'

const run = promisify(execFile)
const sshd = '/usr/sbin/sshd'

/** The reason to skip what needs it, or false. */
export const noSshd = existsSync(sshd) ? false : 'sshd is not installed'
if (noSshd && process.env.CI) throw new Error(noSshd)

/**
 * Its files, `authorized_keys` among them, are in `folder`; programs in its `bin` are found by whoever
 * comes in. @returns its port
 */
export async function startSshd(t: TestContext, folder: string): Promise<number> {
  const [port] = (await freePorts(1)) as [number]
  await keyPair(join(folder, 'host'), '')
  await writeFile(join(folder, 'authorized_keys'), '', { flag: 'a' })
  const config = [
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    'StrictModes no',
    'UsePAM no',
    'Subsystem sftp internal-sftp',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    `SetEnv PATH=${folder}/bin:/usr/bin:/bin`,
    `PidFile ${folder}/pid`,
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
  ]
  await writeFile(join(folder, 'config'), `${config.join('\n')}\n`)
  // Started as root it wants this folder, which only a package's start script makes.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  const server = spawn(sshd, ['-D', '-e', '-f', join(folder, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.after(() => stop(server))
  let text = ''
  for await (const chunk of server.stderr.setEncoding('utf8')) {
    text += chunk
    if (text.includes('Server listening')) break
  }
  assert.match(text, /Server listening/, 'sshd started')
  return port
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  server.kill()
  await once(server, 'exit')
}

/** A new ed25519 key; `words` is its passphrase. */
export async function keyPair(path: string, words: string) {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', words, '-f', path])
  return { private: await readFile(path, 'utf8'), public: await readFile(`${path}.pub`, 'utf8') }
}

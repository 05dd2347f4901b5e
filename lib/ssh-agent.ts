/**
 * One ssh-agent a key, as Semaphore has it: the key reaches it by a pipe and never a disk, programs
 * find it by SSH_AUTH_SOCK, and it ends with the step that needed it.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { askpassEnv } from './askpass.ts'
import type { Clock } from './clock.ts'
import { AppError, systemCode } from './errors.ts'
import { nonce } from './ids.ts'
import { notFound, runTool } from './tool.ts'

export interface SshKey {
  private_key: string
  passphrase: string
}

export interface SshAgent {
  /** Path for SSH_AUTH_SOCK. */
  socket: string
  close(): Promise<void>
}

/** Where an agent's files go, none of which holds a secret. */
export interface AgentPlace {
  /** A folder for its socket. */
  own: string
  /** Writes a program; returns its path. */
  script(name: string, text: string): Promise<string>
  /** As whom it runs; undefined = as this process. */
  user?: { uid: number; gid: number } | undefined
}

export interface SshAgentOptions {
  place: AgentPlace
  /** Variables of it, by which it is found after a crash. */
  marker: Record<string, string>
  clock: Clock
  signal: AbortSignal
}

const fix = 'install openssh-client'

export async function startSshAgent(key: SshKey, options: SshAgentOptions): Promise<SshAgent> {
  const { place, marker, clock, signal } = options
  const socket = join(place.own, `agent-${nonce()}.sock`)
  const env = { PATH: process.env.PATH ?? '', ...marker }
  // It answers nobody but its own user and root.
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { env, stdio: 'ignore', ...place.user })
  const kill = () => agent.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<string>((resolve) => {
    agent.once('error', (error) => resolve(systemCode(error) ?? 'ended'))
    agent.once('exit', () => resolve('ended'))
  })
  const close = async () => {
    process.off('exit', kill)
    kill()
    await ended
  }
  try {
    const asked = await askpassEnv(key.passphrase, (file, text) => place.script(file, text))
    const add = () =>
      runTool('ssh-add', ['-q', '-'], {
        env: { ...env, SSH_AUTH_SOCK: socket, ...asked },
        input: `${key.private_key.replaceAll('\r', '').trimEnd()}\n`,
        signal,
        fix,
      })
    for (let tries = 0; ; tries++) {
      const { ok, stderr } = await add()
      if (ok) return { socket, close }
      const starting = /connecting to agent|could not open a connection/i.test(stderr)
      if (!starting || tries === 50) throw refused(stderr)
      const gone = await Promise.race([ended, clock.sleep(20, signal)])
      if (gone === 'ENOENT') throw new AppError('tool', notFound('ssh-agent'), { fix })
    }
  } catch (error) {
    await close()
    throw error
  }
}

function refused(stderr: string): AppError {
  const line = stderr.split('\n').find((text) => text.trim() !== '') ?? 'it says nothing'
  return new AppError('invalid', `ssh key: ssh-add cannot use it (${line.trim()})`, {
    fix: 'check the private key and its passphrase',
  })
}

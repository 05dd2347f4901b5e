/**
 * One ssh-agent a key, as Semaphore has it: the key reaches it by a pipe and never a disk, ansible
 * and scripts find it by SSH_AUTH_SOCK, and it ends with the step that needed it.
 */
import { join } from 'node:path'
import { execa } from 'execa'
import type { Key } from '../../broker/job.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { nonce } from '../../lib/ids.ts'
import type { SecretFolder } from './secret-folder.ts'
import { runTool } from './tool.ts'

type SshKey = Extract<Key, { type: 'ssh' }>

export interface SshAgent {
  /** Path for SSH_AUTH_SOCK. */
  socket: string
  close(): Promise<void>
}

export interface SshAgentOptions {
  secrets: SecretFolder
  /** Names the attempt, so that a runner that comes after a crash can end the agent. */
  marker: Record<string, string>
  clock: Clock
  signal: AbortSignal
}

const fix = 'install openssh-client'
/**
 * What ssh-add runs to ask: it answers with what only ssh-add's own environment holds, and once:
 * told a wrong passphrase, ssh-add asks for ever.
 */
const askpass = `#!/bin/sh
mkdir "$0.asked" 2>/dev/null || exit 1
printf "%s\\n" "$OUTSTATION_PASSPHRASE"
`

export async function startSshAgent(key: SshKey, options: SshAgentOptions): Promise<SshAgent> {
  const { secrets, marker, clock, signal } = options
  const name = nonce()
  const socket = join(secrets.own, `agent-${name}.sock`)
  const env = { PATH: process.env.PATH ?? '', ...marker }
  const agent = execa('ssh-agent', ['-D', '-a', socket], {
    env,
    extendEnv: false,
    reject: false,
    stdio: 'ignore',
    // It answers nobody but its own user and root.
    ...secrets.user,
  })
  const close = async () => {
    agent.kill('SIGKILL')
    await agent
  }
  try {
    const ended = agent.then(({ code }) => code ?? 'ended')
    const add = () =>
      runTool('ssh-add', ['-q', '-'], {
        env: { ...env, SSH_AUTH_SOCK: socket, ...passphraseEnv },
        input: `${key.private_key.replaceAll('\r', '').trimEnd()}\n`,
        signal,
        fix,
      })
    const passphraseEnv = {
      SSH_ASKPASS: await secrets.script(`askpass-${name}`, askpass),
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: ':0',
      OUTSTATION_PASSPHRASE: key.passphrase,
    }
    for (let tries = 0; ; tries++) {
      const { ok, stderr } = await add()
      if (ok) return { socket, close }
      const starting = /connecting to agent|could not open a connection/i.test(stderr)
      if (!starting || tries === 50) throw refused(stderr)
      const gone = await Promise.race([ended, clock.sleep(20, signal)])
      if (gone === 'ENOENT')
        throw new AppError('tool', 'ssh-agent: not found on this runner', { fix })
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

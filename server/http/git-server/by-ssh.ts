/**
 * The branches of a repository over ssh, by the git program: with the repository's key alone, to a
 * host whose key is pinned, and for a short time. No secret is in a file or in an argument.
 */

import type { LookupAddress } from 'node:dns'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Key } from '../../../broker/job.ts'
import { askpassEnv } from '../../../lib/askpass.ts'
import type { Clock } from '../../../lib/clock.ts'
import { AppError, lineOf } from '../../../lib/errors.ts'
import type { SshAddress } from '../../../lib/git/address.ts'
import { hostKeyRefusal } from '../../../lib/git/host-keys.ts'
import { gitEnv, gitSettings, passing, sshEnv } from '../../../lib/git/program.ts'
import { type AgentPlace, startSshAgent } from '../../../lib/ssh-agent.ts'
import { CleanupStack } from '../../../lib/stack.ts'
import { runTool } from '../../../lib/tool.ts'
import type { AddressGuard } from '../../feed/webhooks/address-guard.ts'
import { mostBytes, notAccepted, notReached, type Ref, timeoutMs } from './limits.ts'

export interface SshRemote {
  guard: AddressGuard
  /** The server's own file of pinned host keys. */
  knownHosts: string
  /** Whether a host whose key is not pinned is refused. */
  strict: boolean
  clock: Clock
}

/** @throws AppError `invalid` or `unavailable`, for a person */
export async function refsBySsh(address: SshAddress, key: Key, remote: SshRemote): Promise<Ref[]> {
  const signal = AbortSignal.timeout(timeoutMs)
  const stack = new CleanupStack()
  try {
    const place = await placeOf(stack)
    const env = { ...gitEnv('ssh'), GIT_CEILING_DIRECTORIES: dirname(place.own) }
    const ssh = await sshOf(address, key, { ...remote, place, stack, signal })
    const { ok, stdout, stderr } = await runTool(
      'git',
      [...gitSettings('ssh'), 'ls-remote', '--heads', '--', address.url],
      { env: { ...env, ...ssh }, cwd: place.own, signal, maxOutput: mostBytes, fix },
    )
    if (!ok) throw refusalOf(stderr, remote.knownHosts)
    return stdout.split('\n').map((line) => {
      const [oid = '', ref = ''] = line.split('\t')
      return { ref, oid }
    })
  } catch (error) {
    throw faultOf(error)
  } finally {
    await stack.close()
  }
}

const fix = 'install git and openssh-client there'

/** A folder for the socket of an agent, and for what asks for passwords: neither is a secret. */
async function placeOf(stack: CleanupStack): Promise<AgentPlace> {
  const own = await mkdtemp(join(tmpdir(), 'outstation-branches-'))
  stack.defer(() => rm(own, { recursive: true, force: true }))
  return {
    own,
    async script(name, text) {
      const path = join(own, name)
      await writeFile(path, text, { mode: 0o700 })
      return path
    },
  }
}

interface Connection extends SshRemote {
  place: AgentPlace
  stack: CleanupStack
  signal: AbortSignal
}

/** None of the server's own keys, agents and settings: whose address it is has a key of his own. */
async function sshOf({ host, port, user }: SshAddress, key: Key, connection: Connection) {
  const { guard, knownHosts, strict, place, stack } = connection
  const words = Object.entries({
    // What was checked is what is connected to; the name counts for the pin.
    HostName: await checkedAddress(host, guard),
    HostKeyAlias: port === undefined || port === 22 ? host : `[${host}]:${port}`,
    IdentityFile: 'none',
    BatchMode: key.type === 'login_password' ? 'no' : 'yes',
    NumberOfPasswordPrompts: 1,
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  if (user === undefined && 'login' in key && key.login !== '') words.push('-l', key.login)
  const options = { configPath: 'none', knownHosts: [knownHosts.replaceAll('%', '%%')], strict }
  const ssh = (socket?: string) => sshEnv({ ...options, words, socket })
  if (key.type === 'login_password') {
    return { ...ssh(), ...(await askpassEnv(key.password, place.script)) }
  }
  if (key.type !== 'ssh') return ssh()
  const agent = stack.use(await startSshAgent(key, { ...connection, marker: {} }))
  return ssh(agent.socket)
}

/** @throws AppError for an address that the server keeps away from */
async function checkedAddress(host: string, guard: AddressGuard): Promise<string> {
  const { address } = await new Promise<LookupAddress>((resolve, reject) => {
    guard.lookup(host, { all: true }, (error, found) => {
      const [first] = Array.isArray(found) ? found : []
      if (first === undefined || error) reject(error)
      else resolve(first)
    })
  })
  return address
}

/** What the other side said is nobody's business: it may be no git server at all. */
function refusalOf(stderr: string, knownHosts: string): AppError {
  const pinned = hostKeyRefusal(stderr, knownHosts, 'server')
  if (pinned) return new AppError('invalid', pinned.line)
  if (/permission denied|too many authentication failures/i.test(stderr)) return notAccepted()
  if (/\bssh: (command )?not found|cannot run ssh/i.test(stderr)) return new AppError('tool', '')
  const passes = passing.exec(stderr)?.[0]
  if (passes !== undefined) return notReached(passes.toLowerCase())
  return new AppError('invalid', 'git_url: there is no such repository, or the key may not read it')
}

function faultOf(error: unknown): AppError {
  if (!(error instanceof AppError)) {
    const late = error instanceof Error && error.name === 'TimeoutError'
    return notReached(late ? 'no answer' : lineOf(error))
  }
  if (error.code !== 'tool') return error
  return new AppError('unavailable', 'the server has no git or no ssh to ask with', { fix })
}

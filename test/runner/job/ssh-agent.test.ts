import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { type SshAgent, startSshAgent } from '../../../lib/ssh-agent.ts'
import { makeStep, tempFolder } from './make.ts'

const passphrase = 'the phrase of the key'
const traced = spawnSync('strace', ['-V']).status === 0
const skip = process.env.CI || traced ? false : 'strace is not installed'

interface MadeKey {
  type: 'ssh'
  login: string
  private_key: string
  passphrase: string
}

test('an agent knows its own key alone, and is gone when it is closed', async (t) => {
  const { secrets } = await makeStep(t)
  const { signal } = new AbortController()
  const options = { place: secrets, marker: {}, clock: systemClock, signal }
  const [one, two] = [await makeKey(t), await makeKey(t)]
  const first = await startSshAgent(one.key, options)
  const second = await startSshAgent(two.key, options)
  assert.notEqual(first.socket, second.socket)
  assert.deepEqual(known(first), [one.fingerprint])
  assert.deepEqual(known(second), [two.fingerprint])
  await first.close()
  assert.throws(() => known(first))
  assert.deepEqual(known(second), [two.fingerprint])
  await second.close()
})

test('a wrong passphrase is told in one line, and leaves no agent', async (t) => {
  const { secrets } = await makeStep(t)
  const { key } = await makeKey(t)
  const { signal } = new AbortController()
  const options = { place: secrets, marker: {}, clock: systemClock, signal }
  await assert.rejects(startSshAgent({ ...key, passphrase: 'wrong' }, options), {
    code: 'invalid',
    message: /^ssh key: ssh-add cannot use it \([^\n]+\)$/,
  })
  const sockets = readdirSync(secrets.own).filter((name) => name.endsWith('.sock'))
  for (const name of sockets) {
    assert.throws(() => known({ socket: join(secrets.own, name), close: async () => {} }))
  }
})

test('every write and every command line: the key goes through pipes only', { skip }, async (t) => {
  const folder = await tempFolder(t)
  const { key, fingerprint } = await makeKey(t)
  const record = join(folder, 'strace')
  const calls = 'execve,write,pwrite64,writev,pwritev,sendto,sendmsg'
  const shown = execFileSync(
    'strace',
    [
      ...['-f', '-y', '-v', '-s', '1000000', '-e', `trace=${calls}`, '-o', record],
      ...[process.execPath, '--import', 'tsx', join(import.meta.dirname, 'ssh-agent-once.ts')],
      folder,
    ],
    { input: JSON.stringify(key), encoding: 'utf8', cwd: join(import.meta.dirname, '../../..') },
  )
  assert.ok(shown.includes(fingerprint), shown)

  const body = key.private_key.split('\n')[2] as string
  const lines = readFileSync(record, 'utf8').split('\n')
  const ofKey = lines.filter((line) => line.includes(body))
  assert.ok(ofKey.length > 0, 'the key was seen on its way')
  for (const line of ofKey)
    assert.match(line, /^\d+ +\w+\(\d+<(pipe|socket|UNIX)[^>]*>/, whereOf(line))
  const started = lines.filter((line) => /^\d+ +execve\(/.test(line))
  assert.ok(started.some((line) => line.includes('ssh-add')))
  for (const line of started) {
    const [argv = ''] = /"[^"]*", \[.*?\], /.exec(line) ?? []
    assert.ok(!argv.includes(passphrase), whereOf(line))
  }
  const stored = lines.filter((line) => line.includes(passphrase) && !line.includes('execve('))
  for (const line of stored)
    assert.match(line, /^\d+ +\w+\(\d+<(pipe|socket|UNIX)[^>]*>/, whereOf(line))
})

/** A failed test does not show the secret part. */
function whereOf(line: string): string {
  return line.slice(0, 120)
}

function known({ socket }: SshAgent): string[] {
  const env = { ...process.env, SSH_AUTH_SOCK: socket }
  const list = execFileSync('ssh-add', ['-l'], { env, encoding: 'utf8', stdio: 'pipe' })
  return list
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[1] as string)
}

async function makeKey(t: TestContext): Promise<{ key: MadeKey; fingerprint: string }> {
  const file = join(await tempFolder(t), 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', file])
  const private_key = readFileSync(file, 'utf8')
  const printed = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' })
  rmSync(file)
  const key = { type: 'ssh' as const, login: 'ada', private_key, passphrase }
  return { key, fingerprint: printed.split(' ')[1] as string }
}

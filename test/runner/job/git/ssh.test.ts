/** git over a real sshd on a loopback high port, with keys, passphrases and pinned host keys. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import type { Key } from '../../../../broker/job.ts'
import { lineOf } from '../../../../lib/errors.ts'
import { checkOut } from '../../../../runner/job/git/checkout.ts'
import { makeRepository } from '../../../kit/git.ts'
import { keyPair, noSshd, startSshd } from '../../../kit/sshd.ts'
import { makeJob, makeStep, tempFolder } from '../make.ts'

const run = promisify(execFile)
const passphrase = 'open sesame'

test('a key with and without a passphrase', { skip: noSshd }, async (t) => {
  const { bring, folder } = await setup(t)
  for (const words of ['', passphrase]) {
    const { commit, log } = await bring(await makeKey(folder, words))
    assert.equal(commit?.message, 'over ssh')
    assert.ok(!log.includes(words || 'PRIVATE KEY'))
  }
})

test('a wrong passphrase and an unknown key each end in one line', { skip: noSshd }, async (t) => {
  const { bring, folder } = await setup(t)
  const key = await makeKey(folder, passphrase)
  const wrong = await bring({ ...key, passphrase: 'wrong' }).catch(lineOf)
  assert.match(String(wrong), /^ssh key: ssh-add cannot use it \(.*\); check the private key/)
  const unknown = await makeKey(folder, '')
  await writeFile(join(folder, 'authorized_keys'), '')
  assert.match(String(await bring(unknown).catch(lineOf)), /Permission denied/)
})

test('a host key is pinned on first use, and the log says so', { skip: noSshd }, async (t) => {
  const { bring, folder, known, host } = await setup(t)
  const key = await makeKey(folder, '')
  const { log } = await bring(key)
  assert.match(
    log,
    /^Host key of \[127\.0\.0\.1\]:\d+ \(ED25519\) seen for the first time, pinned in /m,
  )
  assert.ok(log.includes(`pinned in ${known}\n`))
  await run('ssh-keygen', ['-F', host, '-f', known])
  const again = await bring(key)
  assert.equal(again.log.match(/Host key of/g)?.length, 1)
})

test('a changed host key is refused; removing its pin by the told command lets it in', {
  skip: noSshd,
}, async (t) => {
  const { bring, folder, known, host } = await setup(t)
  const key = await makeKey(folder, '')
  await bring(key)
  const pinned = await readFile(known, 'utf8')
  const { public: other } = await keyPair(join(folder, 'other'), '')
  await writeFile(known, pinned.replace(/ssh-ed25519 \S+/g, other.split(' ').slice(0, 2).join(' ')))
  const line = String(await bring(key).catch(lineOf))
  const told =
    /^(\S+): expected the host key that is pinned in line 1 of (\S+), got SHA256:\S+; .*: (ssh-keygen .*)$/
  const [, named, file, command = ''] = told.exec(line) ?? assert.fail(line)
  assert.deepEqual([named, file], [host, known])
  await run('sh', ['-c', command])
  await bring(key)
})

test('a host whose pin is of another kind of key is not a new host', {
  skip: noSshd,
}, async (t) => {
  const { bring, folder, known, host } = await setup(t)
  const key = await makeKey(folder, '')
  await run('ssh-keygen', ['-q', '-t', 'rsa', '-N', '', '-f', join(folder, 'rsa')])
  const rsa = await readFile(join(folder, 'rsa.pub'), 'utf8')
  await writeFile(known, `${host} ${rsa}`)
  const line = String(await bring(key).catch(lineOf))
  assert.ok(
    line.startsWith(`${host}: expected the host key that is pinned in line 1 of ${known}, got `),
    line,
  )
})

test('where host keys must be pinned beforehand, another host is refused until it is', {
  skip: noSshd,
}, async (t) => {
  const { bring, context, folder, known, host } = await setup(t)
  context.settings = { ssh: { strict_host_key_checking: true } }
  const key = await makeKey(folder, '')
  const line = String(await bring(key).catch(lineOf))
  const told =
    /^(\S+): expected a host key that is pinned, got one that is not .*: (ssh-keyscan .*)$/
  const [, named, command = ''] = told.exec(line) ?? assert.fail(line)
  assert.equal(named, host)
  assert.equal(await readFile(known, 'utf8').catch(() => ''), '')
  await run('sh', ['-c', command])
  await bring(key)
})

async function setup(t: TestContext) {
  const repository = await makeRepository({ 'run.sh': 'echo hi' }, 'over ssh')
  t.after(() => repository.close())
  const folder = await tempFolder(t)
  const port = await startSshd(t, folder)
  const { context, sink, secrets, log } = await makeStep(t)
  const tree = await tempFolder(t)
  const host = `[127.0.0.1]:${port}`
  const url = `ssh://${userInfo().username}@127.0.0.1:${port}${repository.path}`
  const bring = async (key: Key) => {
    const job = makeJob({ repository: { git_url: url, git_branch: 'main', key } })
    const { commit } = await checkOut({ job, context, tree, secrets, marker: {}, log })
    return { commit, log: sink.text }
  }
  return { bring, context, folder, host, known: context.knownHosts }
}

async function makeKey(folder: string, words: string): Promise<Extract<Key, { type: 'ssh' }>> {
  const pair = await keyPair(join(folder, `user${words.length}`), words)
  await writeFile(join(folder, 'authorized_keys'), pair.public, { flag: 'a' })
  return { type: 'ssh', login: '', private_key: pair.private, passphrase: words }
}

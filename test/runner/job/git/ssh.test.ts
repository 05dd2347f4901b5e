/** git over a real sshd on a loopback high port, with keys, passphrases and pinned host keys. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import type { Key } from '../../../../broker/job.ts'
import { lineOf } from '../../../../lib/errors.ts'
import { checkOut } from '../../../../runner/job/git/checkout.ts'
import { addSubmodule, makeRepository, serveGit } from '../../../kit/git.ts'
import { makeJob } from '../../../kit/job.ts'
import { attributes, noLfs, pointerTo } from '../../../kit/large-files.ts'
import { keyPair, noSshd, startSshd } from '../../../kit/sshd.ts'
import { makeStep, tempFolder } from '../make.ts'

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

test('submodules come with the key of their repository, from its host', {
  skip: noSshd,
}, async (t) => {
  const { bring, folder, repository, tree } = await setup(t)
  const lib = await makeRepository({ 'a.txt': 'lib' })
  t.after(() => lib.close())
  const hash = await lib.git('rev-parse', 'HEAD')
  await addSubmodule(repository, 'lib', `../${basename(lib.path)}`, hash)
  const key = await makeKey(folder, passphrase)
  const { log } = await bring(key)
  assert.equal(await readFile(join(tree, 'lib/a.txt'), 'utf8'), 'lib')
  assert.equal(log.match(/Host key of/g)?.length, 1, 'its pin counts for both')
})

for (const [name, url, said] of [
  ['a remote helper', 'ext::sh -c true', /remote helpers \(x::y\) are not allowed/],
  ['a file of the runner', 'file:///etc', /expected a URL of https, http or ssh/],
  ['a path of the runner', '/etc', /expected a URL of https, http or ssh/],
  ['an option of ssh', 'ssh://-oProxyCommand=touch/x', /an ssh URL looks like/],
  ['another port', 'ssh://127.0.0.1:1/x', /no key goes by ssh to 127\.0\.0\.1/],
  ['another host', 'git@evil.example:x.git', /no key goes by ssh to evil\.example/],
] as const) {
  test(`refused as a submodule of a repository by ssh: ${name}`, { skip: noSshd }, async (t) => {
    const { bring, folder, repository } = await setup(t)
    await addSubmodule(repository, 'lib', url, 'dead'.repeat(10))
    const line = String(await bring(await makeKey(folder, '')).catch(lineOf))
    assert.match(line, /^submodule lib: refused, /)
    assert.match(line, said)
  })
}

test('large files come from where the ssh server says, with what it gives', {
  skip: noSshd || noLfs,
}, async (t) => {
  const { bring, folder, repository, tree } = await setup(t)
  const content = 'large '.repeat(1000)
  const asked: string[] = []
  const lfs = await serveGit(repository.path, {
    large: ({ method, headers }) => {
      asked.push(`${method} ${headers.authorization}`)
      return content
    },
  })
  t.after(() => lfs.close())
  // git-lfs/docs/api/server-discovery.md
  const answer = { href: `${lfs.url}/info/lfs`, header: { Authorization: 'Bearer from-ssh' } }
  await mkdir(join(folder, 'bin'))
  const program = `#!/bin/sh\necho "$@" > ${folder}/asked\necho '${JSON.stringify(answer)}'\n`
  await writeFile(join(folder, 'bin/git-lfs-authenticate'), program, { mode: 0o755 })
  await repository.commit({
    '.gitattributes': attributes,
    'a.bin': pointerTo(content),
  })
  const { log } = await bring(await makeKey(folder, passphrase))
  assert.equal(await readFile(join(tree, 'a.bin'), 'utf8'), content)
  assert.match(log, /^Fetching large files \(LFS\)$/m)
  assert.equal(asked[0], 'POST Bearer from-ssh')
  assert.equal(await readFile(join(folder, 'asked'), 'utf8'), `${repository.path} download\n`)
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
  return { bring, context, folder, host, known: context.knownHosts, repository, tree }
}

async function makeKey(folder: string, words: string): Promise<Extract<Key, { type: 'ssh' }>> {
  const pair = await keyPair(join(folder, `user${words.length}`), words)
  await writeFile(join(folder, 'authorized_keys'), pair.public, { flag: 'a' })
  return { type: 'ssh', login: '', private_key: pair.private, passphrase: words }
}

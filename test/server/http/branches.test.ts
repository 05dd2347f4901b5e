/** The branches of a repository, asked of a real git server. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { repositoryHeads } from '../../../server/http/git-server/heads.ts'
import { type Api, startApi } from '../../kit/api.ts'
import { makeRepository, serveGit, type TestRepository } from '../../kit/git.ts'
import type { Answer } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'
import { keyPair, noSshd, startSshd } from '../../kit/sshd.ts'

const login = { username: 'ann', password: 'hunter2-of-git' }

let strict: Api
let api: Api
let project: Project
let repository: TestRepository
before(async () => {
  strict = await startApi()
  const { config } = strict.context
  api = await startApi({
    config: { ...config, webhooks: { ...config.webhooks, allow_private_addresses: true } },
  })
  project = await makeProject(api.admin, 'p')
  repository = await makeRepository({ 'x.sh': 'true\n' })
  await repository.git('branch', 'feature/one')
  await repository.git('tag', 'v1')
})
after(async () => {
  await repository.close()
  await api.close()
  await strict.close()
})

const sshKey = (pair: { private: string }, passphrase = '') => ({
  type: 'ssh',
  ssh: { login: userInfo().username, passphrase, private_key: pair.private },
})

test('over ssh with the key of the repository, whose host is pinned at its first use', {
  skip: noSshd,
}, async (t) => {
  const { folder, url, mine, pins } = await overSsh(t)
  // A run of the tests that was killed has left some for ever.
  const before = await agentFolders()
  const key = sshKey(mine, 'hunter2-of-key')
  assert.deepEqual((await branches(url, key)).json(), ['feature/one', 'main'])
  assert.match(await readFile(pins, 'utf8'), /^\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+\n$/)

  await refused(branches(`${url}x`, key), 400, /^git_url: there is no such repository, or the key/)
  await refused(
    branches(url, sshKey(mine, 'hunter2-wrong')),
    400,
    /^ssh key: ssh-add cannot use it/,
  )
  const other = await keyPair(join(folder, 'other'), '')
  for (const none of [sshKey(other), { type: 'none' }]) {
    await refused(branches(url, none), 400, /^the git server does not accept the key/)
  }
  const password = { login: 'ann', password: 'hunter2-of-ssh' }
  const withPassword = branches(url, { type: 'login_password', login_password: password })
  await refused(withPassword, 400, /^the git server does not accept the key/)

  const pinned = await readFile(pins, 'utf8')
  const [, wrong] = other.public.split(' ')
  await writeFile(pins, pinned.replace(/ssh-ed25519 \S+/, `ssh-ed25519 ${wrong}`))
  await refused(
    branches(url, key),
    400,
    /expected the host key that is pinned .* on the server: ssh-/,
  )
  assert.deepEqual(await agentFolders(), before)
})

test('a server without git or ssh says so', { skip: noSshd }, async (t) => {
  const { folder, url, mine } = await overSsh(t)
  const path = process.env.PATH
  t.after(() => {
    process.env.PATH = path
  })
  const lacking =
    /^the server has no git or no ssh to ask with; install git and openssh-client there$/
  process.env.PATH = join(folder, 'nothing')
  await refused(branches(url), 503, lacking)
  await refused(branches(url, sshKey(mine, 'hunter2-of-key')), 503, lacking)
  await mkdir(join(folder, 'nothing'))
  await symlink(
    execFileSync('which', ['git'], { env: { PATH: path }, encoding: 'utf8' }).trim(),
    join(folder, 'nothing/git'),
  )
  await refused(branches(url), 503, lacking)
})

/** Where the server keeps the sockets of its ssh agents. */
async function agentFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('outstation-branches-'))
}

/** The repository behind an sshd that lets `mine` in; its words are hunter2-of-key. */
async function overSsh(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-sshd-'))
  t.after(() => rm(folder, { recursive: true }))
  const mine = await keyPair(join(folder, 'mine'), 'hunter2-of-key')
  await writeFile(join(folder, 'authorized_keys'), mine.public)
  const port = await startSshd(t, folder)
  const pins = join(api.context.config.data_dir, 'known_hosts')
  return { folder, mine, pins, url: `ssh://127.0.0.1:${port}${repository.path}` }
}

async function branches(git_url: string, key: object = { type: 'none' }): Promise<Answer> {
  const made = await api.admin.post(`${project.path}/keys`, { name: 'k', ...key })
  const body = { name: 'r', git_url, git_branch: 'main', ssh_key_id: made.json().id }
  const { id } = (await api.admin.post(`${project.path}/repositories`, body)).json()
  return await api.admin.get(`${project.path}/repositories/${id}/branches`)
}

async function refused(answer: Promise<Answer>, status: number, error: RegExp): Promise<void> {
  const { status: got, text } = await answer
  assert.equal(got, status, text)
  assert.match(JSON.parse(text).error, error)
  assert.doesNotMatch(text, /hunter2/)
}

test('by name, without tags, with a login or a token', async (t) => {
  const open = await serveGit(repository.path)
  t.after(() => open.close())
  assert.deepEqual((await branches(open.url)).json(), ['feature/one', 'main'])

  const closed = await serveGit(repository.path, { login })
  t.after(() => closed.close())
  const key = (password: string) => ({
    type: 'login_password',
    login_password: { login: login.username, password },
  })
  assert.deepEqual((await branches(closed.url, key(login.password))).json(), [
    'feature/one',
    'main',
  ])
  const notAccepted = /^the git server does not accept the key of the repository$/
  await refused(branches(closed.url, key('hunter2-wrong')), 400, notAccepted)
  await refused(branches(closed.url), 400, notAccepted)
})

test('where the branch of a repository stands, for whoever waits for new commits', async (t) => {
  const server = await serveGit(repository.path)
  t.after(() => server.close())
  const headOf = repositoryHeads(api.context)
  const add = async (git_branch: string) => {
    const body = { name: 'r', git_url: server.url, git_branch, ssh_key_id: project.key }
    return (await api.admin.post(`${project.path}/repositories`, body)).json().id
  }
  assert.equal(await headOf(await add('main')), await repository.git('rev-parse', 'main'))
  await assert.rejects(headOf(await add('gone')), {
    code: 'invalid',
    message: 'the git server has no branch gone',
  })
})

test('what cannot be asked, is no git server, or is away', async (t) => {
  for (const url of ['git://git.example/x.git', 'ext::sh -c true', '/srv/x', 'https://']) {
    await refused(branches(url), 400, /^git_url: only a repository over http, https or ssh can be/)
  }
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/moved')) response.writeHead(302, { location: '/other' })
    if (request.url?.startsWith('/gone')) response.writeHead(404)
    response.end('a page about hunter2')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await refused(branches(`${base}/page`), 400, /^git_url: there is no git server$/)
  await refused(branches(`${base}/moved`), 400, /^the git server answered 302$/)
  await refused(branches(`${base}/gone`), 400, /^the git server answered 404$/)
  server.close()
  await refused(
    branches('http://127.0.0.1:9'),
    503,
    /^the git server is not reached: connect ECONN/,
  )
  assert.equal((await api.admin.get(`${project.path}/repositories/9999/branches`)).status, 404)
})

test('a private address is not asked unless the configuration says so', async () => {
  const other = await makeProject(strict.admin, 'p')
  const url = `${other.path}/repositories/${other.repository}`
  for (const git_url of [
    'http://127.0.0.1:8080/x',
    'https://169.254.169.254/x',
    'http://[::1]/x',
    'ssh://git@127.0.0.1:2222/x',
    'git@localhost:x.git',
  ]) {
    const body = { name: 'r', git_url, git_branch: 'main', ssh_key_id: other.key }
    assert.equal((await strict.admin.put(url, body)).status, 204)
    await refused(strict.admin.get(`${url}/branches`), 400, /is a private address; /)
  }
})

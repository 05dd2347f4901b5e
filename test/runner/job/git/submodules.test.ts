/** Submodules over a real `git http-backend`, and what a hostile .gitmodules cannot do. */
import assert from 'node:assert/strict'
import { existsSync, symlinkSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lineOf } from '../../../../lib/errors.ts'
import { checkOut } from '../../../../runner/job/git/checkout.ts'
import { absolute, openFolder } from '../../../../runner/job/git/submodules.ts'
import type { Policy } from '../../../../runner/job/policy.ts'
import {
  addSubmodule,
  type Files,
  makeRepository,
  serveGit,
  type TestRepository,
} from '../../../kit/git.ts'
import { makeJob, noKey } from '../../../kit/job.ts'
import { makeStep, tempFolder } from '../make.ts'

type Client = 'go_git' | 'cmd_git'

const login = { username: 'ada', password: 'pass-word' }
const key = { type: 'login_password' as const, login: 'ada', password: 'pass-word' }

async function setup(t: TestContext, client: Client = 'cmd_git', policy: Policy = {}) {
  const repository = await keep(t, { 'site.yml': 'main' })
  const settings = { git_client: client }
  const { context, sink, secrets, log } = await makeStep(t, { settings, policy })
  const tree = await tempFolder(t)
  const bring = (url: string, given: typeof key | typeof noKey = noKey) => {
    const job = makeJob({ repository: { git_url: url, git_branch: 'main', key: given } })
    return checkOut({ job, context, tree, secrets, marker: {}, log })
  }
  const content = (name: string) => readFile(join(tree, name), 'utf8')
  return { repository, bring, content, sink, tree }
}

async function keep(t: TestContext, files: Files): Promise<TestRepository> {
  const repository = await makeRepository(files)
  t.after(() => repository.close())
  return repository
}

for (const client of ['go_git', 'cmd_git'] as const) {
  test(`${client}: submodules in submodules; credentials stay with the host`, async (t) => {
    const { repository, bring, content, sink, tree } = await setup(t, client)
    const [lib, deep, other] = await Promise.all(
      ['lib', 'deep', 'other'].map((text) => keep(t, { 'a.txt': text })),
    )
    assert.ok(lib && deep && other)
    const asked: (string | undefined)[] = []
    const elsewhere = await serveGit(other.path, {
      before: ({ headers }) => void asked.push(headers.authorization),
    })
    t.after(() => elsewhere.close())
    const beside = { lib: lib.path, deep: deep.path }
    const home = await serveGit(repository.path, { login, beside })
    t.after(() => home.close())

    await addSubmodule(lib, 'deep', '../deep.git', await deep.git('rev-parse', 'HEAD'))
    await addSubmodule(repository, 'roles/lib', '../lib.git', await lib.git('rev-parse', 'HEAD'))
    await addSubmodule(repository, 'other', elsewhere.url, await other.git('rev-parse', 'HEAD'))
    await bring(home.url, key)
    const texts = ['roles/lib/a.txt', 'roles/lib/deep/a.txt', 'other/a.txt'].map(content)
    assert.deepEqual(await Promise.all(texts), ['lib', 'deep', 'other'])
    assert.ok(asked.length > 0 && asked.every((header) => header === undefined), `${asked}`)
    assert.equal(
      sink.text.includes('Going on with the git program: the built-in client has no submodules\n'),
      client === 'go_git',
    )

    // A task has damaged one, and another has moved on.
    await rm(join(tree, 'other/.git/objects'), { recursive: true })
    const hash = await lib.commit({ 'a.txt': 'lib 2' })
    await repository.git('update-index', '--cacheinfo', `160000,${hash},roles/lib`)
    await repository.git('commit', '--quiet', '--message', 'newer lib')
    await bring(home.url, key)
    assert.equal(await content('roles/lib/a.txt'), 'lib 2')
    assert.equal(await content('other/a.txt'), 'other')
  })
}

const hostile: [name: string, url: string, said: RegExp][] = [
  ['a remote helper', 'ext::sh -c touch% WITNESS', /remote helpers \(x::y\) are not allowed/],
  ['a file', 'file:///etc', /expected a URL of https, http or ssh/],
  ['a file by a helper', 'file::/etc', /remote helpers/],
  ['a path', '/etc', /expected a URL of https, http or ssh/],
  ['above the host', '../../../../x', /above its host/],
  ['an option', '--upload-pack=touch WITNESS', /it starts with -/],
  ['an option as ssh host', 'ssh://-oProxyCommand=touch/x', /an ssh URL looks like/],
  ['ssh to another host', 'git@evil.example:x.git', /no key goes by ssh to evil\.example/],
  ['the git protocol', 'git://127.0.0.1/x', /expected a URL of https, http or ssh/],
]
for (const [name, url, said] of hostile) {
  test(`refused as the URL of a submodule: ${name}`, async (t) => {
    // The git program refuses some of them before they come to our own check.
    const { repository, bring, tree } = await setup(t, 'go_git')
    const server = await serveGit(repository.path)
    t.after(() => server.close())
    const witness = join(tree, 'witness')
    await addSubmodule(repository, 'lib', url.replace('WITNESS', witness), 'dead'.repeat(10))
    const line = String(await bring(server.url).catch(lineOf))
    assert.match(line, /^submodule lib: refused, /)
    assert.match(line, said)
    assert.ok(!existsSync(witness))
  })
}

test('the policy of the runner counts for submodules, before one is fetched', async (t) => {
  const lib = await keep(t, { 'a.txt': 'lib' })
  let asked = 0
  const elsewhere = await serveGit(lib.path, {
    before() {
      asked += 1
      return undefined
    },
  })
  t.after(() => elsewhere.close())
  const policy: { repositories: string[] } = { repositories: [] }
  const { repository, bring, content } = await setup(t, 'go_git', policy)
  const server = await serveGit(repository.path, { beside: { lib: lib.path } })
  t.after(() => server.close())
  const hash = await lib.git('rev-parse', 'HEAD')
  await addSubmodule(repository, 'own', '../lib.git', hash)
  await addSubmodule(repository, 'other', elsewhere.url, hash)
  policy.repositories.push(server.url.replace('repository', '*'))
  const line = String(await bring(server.url).catch(lineOf))
  const refused = `submodule other: "${elsewhere.url}": not allowed by the policy of this runner; `
  assert.ok(line.startsWith(refused), line)
  assert.equal(asked, 0)
  await assert.rejects(content('own/a.txt'))

  policy.repositories.push(elsewhere.url)
  await bring(server.url)
  assert.deepEqual([await content('own/a.txt'), await content('other/a.txt')], ['lib', 'lib'])
})

test('a link that a task left in the place of a submodule is not followed', async (t) => {
  const { repository, bring, content, tree } = await setup(t)
  const lib = await keep(t, { 'a.txt': 'lib' })
  const server = await serveGit(repository.path, { beside: { lib: lib.path } })
  t.after(() => server.close())
  await addSubmodule(repository, 'roles/lib', '../lib.git', await lib.git('rev-parse', 'HEAD'))
  await bring(server.url)
  const outside = await tempFolder(t)
  await writeFile(join(outside, 'mine'), 'mine')
  await rm(join(tree, 'roles/lib'), { recursive: true })
  symlinkSync(outside, join(tree, 'roles/lib'))
  await bring(server.url)
  assert.equal(await content('roles/lib/a.txt'), 'lib')
  assert.equal(await readFile(join(outside, 'mine'), 'utf8'), 'mine')

  await rm(join(tree, 'roles'), { recursive: true })
  symlinkSync(outside, join(tree, 'roles'))
  await bring(server.url)
  assert.equal(await content('roles/lib/a.txt'), 'lib')
  assert.deepEqual(await readdir(outside), ['mine'])
  await assert.rejects(openFolder(outside, 'mine/lib'), /a link or file lies on its path/)
})

test('what the git program refuses is named', async (t) => {
  const { repository, bring } = await setup(t, 'cmd_git')
  const server = await serveGit(repository.path)
  t.after(() => server.close())
  await addSubmodule(repository, 'lib', '--upload-pack=x', 'dead'.repeat(10))
  assert.match(String(await bring(server.url).catch(lineOf)), /^error: object \w+: gitmodulesUrl/)
})

test('a .gitmodules without submodules, and a submodule without a URL, are left alone', async (t) => {
  const { repository, bring } = await setup(t)
  const server = await serveGit(repository.path)
  t.after(() => server.close())
  await repository.commit({ '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ext::x\n' })
  await bring(server.url)
  await repository.git('rm', '--quiet', '.gitmodules')
  await repository.git('update-index', '--add', '--cacheinfo', `160000,${'dead'.repeat(10)},sub`)
  await repository.git('commit', '--quiet', '--message', 'no URL')
  await bring(server.url)
})

test('relative URLs', () => {
  for (const [outer, text, whole] of [
    ['https://h/o/r.git', '../x.git', 'https://h/o/x.git'],
    ['https://h/o/r.git/', './x', 'https://h/o/r.git/x'],
    ['https://h/o/r', '../../p/x', 'https://h/p/x'],
    ['git@h:o/r.git', '../x.git', 'git@h:o/x.git'],
    ['git@h:r.git', '../x.git', 'git@h:x.git'],
    ['ssh://git@h:22/o/r', '../x', 'ssh://git@h:22/o/x'],
    ['https://h/r', 'https://g/x', 'https://g/x'],
  ] as const) {
    assert.equal(absolute(text, outer), whole)
  }
  for (const outer of ['https://h/r', 'git@h:r', 'ssh://h:22/r']) {
    assert.throws(() => absolute('../../../x', outer), /above its host/)
  }
})

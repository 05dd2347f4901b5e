/** Both git clients against a real `git http-backend`. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import type { Key } from '../../../../broker/job.ts'
import { type Clock, systemClock } from '../../../../lib/clock.ts'
import { lineOf } from '../../../../lib/errors.ts'
import type { JobContext } from '../../../../runner/job/context.ts'
import { checkOut } from '../../../../runner/job/git/checkout.ts'
import { SecretFolder } from '../../../../runner/job/secret-folder.ts'
import {
  type GitServerOptions,
  makeRepository,
  serveGit,
  type TestRepository,
} from '../../../kit/git.ts'
import { makeJob, noKey } from '../../../kit/job.ts'
import { makeStep, tempFolder } from '../make.ts'

interface Wish {
  branch?: string
  commit?: string
  url?: string
  key?: Key
}

/** A served repository and a kept work tree; `bring` checks it out as a task would. */
async function setup(
  t: TestContext,
  client: 'go_git' | 'cmd_git',
  server: GitServerOptions = {},
  changes: Partial<JobContext> = {},
) {
  const repository = await makeRepository({ 'site.yml': 'one' })
  t.after(() => repository.close())
  const http = await serveGit(repository.path, server)
  t.after(() => http.close())
  const { context, sink, log } = await makeStep(t, {
    ...changes,
    settings: { git_client: client },
  })
  const tree = await tempFolder(t)
  const secretFolders: string[] = []
  const bring = async ({
    branch = 'main',
    commit = '',
    url = http.url,
    key = noKey,
  }: Wish = {}) => {
    const job = makeJob({
      repository: { git_url: url, git_branch: branch, key },
      commit_hash: commit,
    })
    const secrets = SecretFolder.open(context.tmpPath)
    t.after(() => secrets.close())
    secretFolders.push(secrets.path)
    return checkOut({ job, context, tree, secrets, marker: {}, log })
  }
  const content = (name = 'site.yml') => readFile(join(tree, name), 'utf8')
  return { repository, http, tree, sink, bring, content, context, secretFolders }
}

const run = promisify(execFile)
const plain = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }

const fails = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => assert.fail('it did not fail'),
    (error) => lineOf(error),
  )

for (const client of ['go_git', 'cmd_git'] as const) {
  test(`${client}: a fresh clone, then only what is new`, async (t) => {
    const { repository, bring, content, sink, http, tree } = await setup(t, client)
    const first = await bring()
    assert.equal(first.folder, tree)
    assert.equal(await content(), 'one')
    const hash = await repository.commit({ 'site.yml': 'two', 'sub/run.sh': 'x' }, 'second\n\nbody')
    const second = await bring()
    assert.deepEqual(second.commit, { hash, message: 'second' })
    assert.equal(await content(), 'two')
    assert.match(
      sink.text,
      new RegExp(
        `^Cloning ${http.url} \\(branch main\\) with the (built-in git client|git program)\nHEAD is now at \\w{7} first\n` +
          `Updating ${http.url} \\(branch main\\) with the .*\nHEAD is now at ${hash.slice(0, 7)} second\n$`,
      ),
    )
    assert.equal((await bring()).commit?.hash, hash)
  })

  test(`${client}: another branch, a tag, a rewritten branch`, async (t) => {
    const { repository, bring, content } = await setup(t, client)
    await repository.git('checkout', '--quiet', '-b', 'feature/x')
    await repository.commit({ 'site.yml': 'feature', 'only-here': '' })
    await repository.git('tag', '-a', 'v1.0', '-m', 'a tag')
    await bring({ branch: 'feature/x' })
    assert.equal(await content(), 'feature')
    await bring()
    assert.equal(await content(), 'one')
    await assert.rejects(content('only-here'), 'files of the other branch are gone')
    await bring({ branch: 'v1.0' })
    assert.equal(await content(), 'feature')
    await repository.git('commit', '--quiet', '--amend', '--message', 'rewritten')
    assert.equal((await bring({ branch: 'feature/x' })).commit?.message, 'rewritten')
    assert.equal((await bring({ branch: '' })).commit?.message, 'rewritten', 'the default branch')
  })

  test(`${client}: a commit of the branch, of another, and one that is nowhere`, async (t) => {
    const { repository, bring, content, http } = await setup(t, client)
    const first = await repository.git('rev-parse', 'HEAD')
    await repository.commit({ 'site.yml': 'two' })
    await repository.git('checkout', '--quiet', '-b', 'other')
    const other = await repository.commit({ 'site.yml': 'other' })
    await bring({ commit: first })
    assert.equal(await content(), 'one')
    await bring({ commit: other })
    assert.equal(await content(), 'other')
    const nowhere = 'dead'.repeat(10)
    assert.equal(
      await fails(bring({ commit: nowhere })),
      `commit ${nowhere}: not found in ${http.url}`,
    )
  })

  test(`${client}: one commit of history, and more of it when a short hash needs it`, async (t) => {
    const { repository, bring, content, tree, sink } = await setup(t, client)
    const first = await repository.git('rev-parse', 'HEAD')
    await repository.commit({ 'site.yml': 'two' })
    const third = await repository.commit({ 'site.yml': 'three' })
    await bring()
    assert.deepEqual(await history(tree), [third])
    const fourth = await repository.commit({ 'site.yml': 'four' })
    await bring({ commit: fourth.slice(0, 8) })
    assert.equal(await content(), 'four')
    assert.ok((await history(tree)).length <= 2)
    assert.equal((await bring({ commit: first.slice(0, 8) })).commit?.hash, first)
    assert.equal(await content(), 'one')
    assert.match(sink.text, new RegExp(`^Commit ${first.slice(0, 8)} is not at the tip`, 'm'))
    await bring()
    assert.equal((await history(tree)).length, 4, 'what is here stays')
  })

  test(`${client}: a full hash brings that commit alone where the server gives it`, async (t) => {
    const { repository, bring, content, tree } = await setup(t, client)
    const first = await repository.git('rev-parse', 'HEAD')
    await repository.commit({ 'site.yml': 'two' })
    await repository.git('config', 'uploadpack.allowReachableSHA1InWant', 'true')
    await bring({ commit: first })
    assert.equal(await content(), 'one')
    assert.deepEqual(await history(tree), [first])
  })

  test(`${client}: git_depth 0 is the whole history`, async (t) => {
    const { repository, bring, tree, context } = await setup(t, client)
    await repository.commit({ 'site.yml': 'two' })
    context.settings = { git_client: client, git_depth: 0 }
    await bring()
    assert.equal((await history(tree)).length, 2)
  })

  test(`${client}: an update brings only what is new`, async (t) => {
    const { repository, bring, http, tree } = await setup(t, client)
    await repository.commit({ 'big.bin': randomBytes(300_000).toString('base64') })
    await bring()
    const before = packed(tree)
    assert.ok(before > 200_000)
    await repository.commit({ 'site.yml': 'two' })
    await bring()
    assert.ok(packed(tree) - before < 50_000, `${http.url}: ${packed(tree) - before} bytes more`)
  })

  test(`${client}: what a task changed in tracked files is undone, the rest stays`, async (t) => {
    const { bring, content, tree } = await setup(t, client)
    await bring()
    await writeFile(join(tree, 'site.yml'), 'changed')
    await writeFile(join(tree, 'cache'), 'kept')
    await bring()
    assert.equal(await content(), 'one')
    assert.equal(await content('cache'), 'kept')
  })

  test(`${client}: what a task left in .git is not obeyed`, async (t) => {
    const { repository, bring, tree, content } = await setup(t, client)
    await bring()
    const witness = join(tree, 'witness')
    const trap = `#!/bin/sh\ntouch ${witness}\n`
    await mkdir(join(tree, '.git/hooks'), { recursive: true })
    await writeFile(join(tree, '.git/hooks/post-checkout'), trap, { mode: 0o755 })
    await writeFile(join(tree, '.git/hooks/reference-transaction'), trap, { mode: 0o755 })
    await writeFile(join(tree, '.git/index.lock'), '')
    await appendFile(
      join(tree, '.git/config'),
      `[core]\n\tfsmonitor = touch ${witness}\n\thooksPath = .git/hooks\n` +
        `[url "http://127.0.0.1:1/"]\n\tinsteadOf = http://\n[http]\n\tproxy = http://127.0.0.1:1\n`,
    )
    await repository.commit({ 'site.yml': 'two' })
    await bring()
    assert.equal(await content(), 'two')
    assert.ok(!existsSync(witness))
  })

  test(`${client}: a damaged work tree is cloned anew`, async (t) => {
    const login = { username: 'ada', password: 'pass-word' }
    const key = { type: 'login_password' as const, login: 'ada', password: 'pass-word' }
    const { bring, tree, sink, content, repository } = await setup(t, client, { login })
    await bring({ key })
    await rm(join(tree, '.git/objects'), { recursive: true })
    await writeFile(join(tree, '.git/index'), 'no index')
    await repository.commit({ 'site.yml': 'two' })
    await bring({ key })
    assert.equal(await content(), 'two')
    assert.match(sink.text, /\nThe kept work tree cannot be used \(.+\); cloning anew\nHEAD is now/)
  })

  test(`${client}: a branch becomes a folder of branches`, async (t) => {
    const { bring, repository, content } = await setup(t, client)
    await repository.git('branch', 'topic')
    await bring({ branch: 'topic' })
    await repository.git('branch', '--delete', 'topic')
    await repository.git('checkout', '--quiet', '-b', 'topic/one')
    await repository.commit({ 'site.yml': 'topic' })
    await bring({ branch: 'topic/one' })
    assert.equal(await content(), 'topic')
  })

  test(`${client}: credentials by key or URL, and nowhere to be seen`, async (t) => {
    const login = { username: 'ada', password: 'pass-word%/1' }
    const seen: string[] = []
    const watch = () => {
      seen.push(...commandLines().filter((line) => line.includes('pass-word')))
      return undefined
    }
    const { bring, http, tree, sink, secretFolders } = await setup(t, client, {
      login,
      before: watch,
    })
    const key = { type: 'login_password' as const, login: login.username, password: login.password }
    await bring({ key })
    const url = http.url.replace('//', `//ada:${encodeURIComponent(login.password)}@`)
    await bring({ url })
    assert.deepEqual(seen, [])
    assert.deepEqual(await filesOf(secretFolders), [], 'gone before the task begins')
    assert.ok(!sink.text.includes('pass-word'))
    for (const entry of readdirSync(join(tree, '.git'), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      assert.ok(!readFileSync(join(entry.parentPath, entry.name), 'latin1').includes('pass-word'))
    }
  })

  test(`${client}: wrong and missing credentials`, async (t) => {
    const { bring } = await setup(t, client, { login: { username: 'ada', password: 'right' } })
    const wrong = { type: 'login_password' as const, login: 'ada', password: 'wrong' }
    assert.match(await fails(bring({ key: wrong })), /authentication failed/i)
    assert.match(await fails(bring()), /authentication failed/i)
  })

  test(`${client}: a token without a login`, async (t) => {
    const { bring } = await setup(t, client, { login: { username: 'token', password: 'token' } })
    await bring({ key: { type: 'login_password', login: '', password: 'token' } })
  })

  test(`${client}: a branch that is not there, a repository that is not there`, async (t) => {
    const { bring, http } = await setup(t, client)
    const line = await fails(bring({ branch: 'none' }))
    assert.ok(line.startsWith(`${http.url}: has no branch none; `), line)
    assert.match(await fails(bring({ url: `${new URL(http.url).origin}/other` })), /not found/)
  })

  test(`${client}: a server that is away for a moment is tried again`, async (t) => {
    let requests = 0
    const waits: number[] = []
    const before = () => (requests++ < 2 ? 503 : undefined)
    const clock = quickClock((ms) => waits.push(ms))
    const { bring, content, sink } = await setup(
      t,
      client,
      { before },
      { clock, random: () => 0.5 },
    )
    await bring()
    assert.equal(await content(), 'one')
    assert.deepEqual(waits, [1000, 2000])
    assert.match(
      sink.text,
      /503.*; trying again in 1 s \(2 of 4\)\n.*trying again in 2 s \(3 of 4\)\n/,
    )
  })

  test(`${client}: a server that stays away ends in one line`, async (t) => {
    const clock = quickClock()
    const { bring, http } = await setup(t, client, {}, { clock })
    await http.close()
    assert.match(await fails(bring()), /ECONNREFUSED|Failed to connect|Couldn't connect/)
  })

  test(`${client}: a cancel ends a fetch that hangs`, async (t) => {
    const cancel = new AbortController()
    // The server never answers: the request is what the test waits for.
    let asked = () => {}
    const request = new Promise<void>((called) => {
      asked = called
    })
    const { bring } = await setup(
      t,
      client,
      {
        before: () => {
          asked()
          return 'never'
        },
      },
      { cancel: cancel.signal },
    )
    const work = bring()
    await request
    cancel.abort(new Error('cancelled'))
    assert.equal(await fails(work), 'cancelled')
  })
}

test('cmd_git: a server without shallow fetches is asked for all', async (t) => {
  const { repository, bring, content, sink, tree } = await setup(t, 'cmd_git')
  await repository.commit({ 'site.yml': 'two' })
  const dumb = await serveFiles(t, repository)
  await bring({ url: `${dumb}/.git` })
  assert.equal(await content(), 'two')
  assert.equal((await history(tree)).length, 2)
  assert.match(sink.text, /: the server has no shallow fetch; fetching the whole history\n/)
})

test('the deadline of all tries ends a fetch that hangs', async (t) => {
  let overdue = () => {}
  // The clock of the deadline is the test's; the server hangs on the first request.
  const clock = {
    ...systemClock,
    sleep: (ms: number) =>
      ms === 3_600_000 ? new Promise<void>((over) => (overdue = over)) : Promise.resolve(),
  }
  const before = () => {
    overdue()
    return 'never' as const
  }
  for (const client of ['go_git', 'cmd_git'] as const) {
    const { bring, http } = await setup(t, client, { before }, { clock })
    assert.equal(await fails(bring()), `${http.url}: not fetched within an hour`)
  }
})

test('wrong credentials and an unknown branch are not tried again', async (t) => {
  const clock = quickClock(() => assert.fail('it waits for another try'))
  const login = { username: 'ada', password: 'right' }
  for (const client of ['go_git', 'cmd_git'] as const) {
    const { bring } = await setup(t, client, { login }, { clock })
    assert.match(await fails(bring()), /authentication failed/)
    const key = { type: 'login_password' as const, login: 'ada', password: 'right' }
    assert.match(await fails(bring({ key, branch: 'none' })), /has no branch none/)
  }
})

test('a folder on this machine is used in place, and only if the runner allows it', async (t) => {
  const { repository, bring, sink, tree, context } = await setup(t, 'go_git')
  const result = await bring({ url: repository.path })
  assert.equal(result.folder, repository.path)
  assert.equal(result.commit?.message, 'first')
  assert.match(sink.text, /^Using \/\S+ in place, HEAD is at \w{7} first\n$/)
  assert.deepEqual(readdirSync(tree), [])
  const other = 'dead'.repeat(10)
  assert.match(await fails(bring({ url: repository.path, commit: other })), /, expected deaddead/)
  assert.match(await fails(bring({ url: '/no/such/folder' })), /no such folder on this runner$/)
  context.settings = { allow_local_repositories: false }
  assert.match(await fails(bring({ url: repository.path })), /does not allow local repositories/)
})

test('file:// is cloned by the git binary', async (t) => {
  const { repository, bring, content, tree } = await setup(t, 'go_git')
  const { folder } = await bring({ url: `file://${repository.path}` })
  assert.equal(folder, tree)
  assert.equal(await content(), 'one')
})

test('a .git that is a link is not followed', async (t) => {
  const { repository, bring, tree } = await setup(t, 'cmd_git')
  const before = await repository.git('for-each-ref')
  await symlink(join(repository.path, '.git'), join(tree, '.git'))
  await bring()
  assert.ok(lstatSync(join(tree, '.git')).isDirectory())
  assert.equal(await repository.git('for-each-ref'), before)
})

/** Waits for no other try, and never for the deadline. */
function quickClock(waited: (ms: number) => void = () => {}): Clock {
  const sleep = async (ms: number) => {
    if (ms === 3_600_000) return new Promise<void>(() => {})
    waited(ms)
  }
  return { ...systemClock, sleep }
}

/** The commits that HEAD of a work tree leads to. */
async function history(tree: string): Promise<string[]> {
  const { stdout } = await run('git', ['-C', tree, 'log', '--format=%H'], { env: plain })
  return stdout.trim().split('\n')
}

/** Bytes of all packs. */
function packed(tree: string): number {
  const folder = join(tree, '.git/objects/pack')
  return readdirSync(folder).reduce((sum, name) => sum + lstatSync(join(folder, name)).size, 0)
}

/** The files of a repository and no git behind them. @returns the URL of its folder */
async function serveFiles(t: TestContext, { path, git }: TestRepository): Promise<string> {
  await git('update-server-info')
  const server = createServer((request, response) => {
    const file = join(path, new URL(request.url ?? '/', 'http://git').pathname)
    readFile(file).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function filesOf(folders: string[]): Promise<string[]> {
  return (await Promise.all(folders.map((folder) => readdir(folder)))).flat()
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
      } catch {
        return ''
      }
    })
}

/** Git LFS with the real git-lfs and an LFS server of a few lines; and without git-lfs. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Key } from '../../../../broker/job.ts'
import { lineOf } from '../../../../lib/errors.ts'
import { checkOut } from '../../../../runner/job/git/checkout.ts'
import { makeRepository, serveGit } from '../../../kit/git.ts'
import { makeJob, noKey } from '../../../kit/job.ts'
import { attributes, noLfs, pointerTo } from '../../../kit/large-files.ts'
import { makeStep, tempFolder } from '../make.ts'

const content = 'large '.repeat(1000)
const files = { 'assets/.gitattributes': attributes, 'assets/a.bin': pointerTo(content) }
const key = { type: 'login_password' as const, login: 'ada', password: 'pass-word' }

for (const client of ['go_git', 'cmd_git'] as const) {
  test(`${client}: large files, with the key of the repository`, { skip: noLfs }, async (t) => {
    const { bring, server, asked, tree, sink } = await setup(t, client, true)
    await bring(server.url, key)
    assert.equal(await readFile(join(tree, 'assets/a.bin'), 'utf8'), content)
    assert.ok(asked.some((header) => header?.startsWith('Basic ')))
    assert.match(sink.text, /^Fetching large files \(LFS\)$/m)
  })

  test(`${client}: git-lfs is not there`, async (t) => {
    const { bring, server } = await setup(t, client, false)
    const { PATH } = process.env
    t.after(() => {
      process.env.PATH = PATH
    })
    const bin = await tempFolder(t)
    await symlink(find('git') ?? '', join(bin, 'git'))
    process.env.PATH = bin
    const line = String(await bring(server.url).catch(lineOf))
    assert.equal(line, 'git-lfs: not found on this runner; install git-lfs')
  })
}

test('an LFS server elsewhere does not get the credentials', { skip: noLfs }, async (t) => {
  const { bring, server, repository } = await setup(t, 'cmd_git', true)
  const seen: (string | undefined)[] = []
  const other = await lfsServer(t, seen)
  await repository.commit({ '.lfsconfig': `[lfs]\n\turl = ${other}\n` })
  await bring(server.url, key).catch(() => {})
  assert.ok(seen.length > 0 && seen.every((header) => header === undefined), `${seen}`)
})

test('a .lfsconfig that leads out of http is refused', async (t) => {
  const { bring, server, repository } = await setup(t, 'cmd_git', false)
  for (const name of ['lfs.url', 'remote.origin.lfsurl', 'remote.x.lfspushurl']) {
    await repository.git('config', '--file', '.lfsconfig', name, 'ssh://git@evil.example/x')
    await repository.commit({})
    const line = String(await bring(server.url).catch(lineOf))
    assert.equal(
      line,
      `.lfsconfig: ${name}: expected an http(s) URL without a login; correct .lfsconfig`,
    )
    await repository.git('config', '--file', '.lfsconfig', '--unset', name)
  }
})

async function setup(t: TestContext, client: 'go_git' | 'cmd_git', secured: boolean) {
  const repository = await makeRepository(files)
  t.after(() => repository.close())
  const asked: (string | undefined)[] = []
  const login = { username: key.login, password: key.password }
  const server = await serveGit(repository.path, {
    ...(secured ? { login } : {}),
    large: (request) => {
      asked.push(request.headers.authorization)
      return content
    },
  })
  t.after(() => server.close())
  const { context, sink, secrets, log } = await makeStep(t, { settings: { git_client: client } })
  const tree = await tempFolder(t)
  const bring = (url: string, given: Key = noKey) => {
    const job = makeJob({ repository: { git_url: url, git_branch: 'main', key: given } })
    return checkOut({ job, context, tree, secrets, marker: {}, log })
  }
  return { repository, server, bring, asked, tree, sink }
}

/** Wants a login that nobody has; notes what it is told. @returns its URL */
async function lfsServer(t: TestContext, seen: (string | undefined)[]): Promise<string> {
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    request.resume()
    response.writeHead(401, { 'www-authenticate': 'Basic realm="lfs"' }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/lfs`
}

function find(program: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

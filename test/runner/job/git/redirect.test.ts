/** Both git clients, when the server sends them somewhere else. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lineOf } from '../../../../lib/errors.ts'
import { checkOut } from '../../../../runner/job/git/checkout.ts'
import { httpClient } from '../../../../runner/job/git/http-client.ts'
import { makeRepository, serveGit } from '../../../kit/git.ts'
import { makeJob } from '../../../kit/job.ts'
import { makeStep, tempFolder } from '../make.ts'

const key = { type: 'login_password' as const, login: 'ada', password: 'pass-word' }

for (const client of ['go_git', 'cmd_git'] as const) {
  for (const host of ['127.0.0.1', 'localhost']) {
    test(`${client}: a redirect from ${host} to another origin gets no credentials`, async (t) => {
      const { seen, bring, target, from } = await setup(t, client, true)
      const url = await from(host, (path) => `${new URL(target).origin}${path}`)
      assert.match(String(await bring(url).catch(lineOf)), /authentication failed/)
      assert.ok(seen.length > 0 && seen.every((header) => header === undefined), `${seen}`)
    })
  }

  test(`${client}: a redirect to another origin is followed`, async (t) => {
    const { bring, target, from, tree } = await setup(t, client, false)
    await bring(await from('127.0.0.1', (path) => `${new URL(target).origin}${path}`))
    assert.equal(await readFile(join(tree, 'site.yml'), 'utf8'), 'one')
  })

  test(`${client}: a redirect that leaves http is not followed`, async (t) => {
    const { bring, from } = await setup(t, client, false)
    for (const to of ['file:///etc/passwd', 'ext::sh -c id', 'ftp://127.0.0.1/x']) {
      await assert.rejects(bring(await from('127.0.0.1', () => to)))
    }
  })

  test(`${client}: redirects in a circle end`, async (t) => {
    const { bring, from } = await setup(t, client, false)
    await assert.rejects(bring(await from('127.0.0.1', (path) => path)))
  })
}

test('the built-in client takes no more than it can hold', async (t) => {
  const server = createServer((_, response) => response.end(Buffer.alloc(3_000_000)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const { body } = await httpClient(new AbortController().signal, 2 * 1_048_576).request({ url })
  const read = async () => {
    for await (const _ of body ?? []);
  }
  assert.match(
    String(await read().catch(lineOf)),
    /more than the 2 MiB of the built-in git client; set/,
  )
})

async function setup(t: TestContext, client: 'go_git' | 'cmd_git', secured: boolean) {
  const repository = await makeRepository({ 'site.yml': 'one' })
  t.after(() => repository.close())
  const seen: (string | undefined)[] = []
  const server = await serveGit(repository.path, {
    before: ({ headers }) => {
      seen.push(headers.authorization)
      return secured ? 401 : undefined
    },
  })
  t.after(() => server.close())
  const { context, secrets, log } = await makeStep(t, { settings: { git_client: client } })
  const tree = await tempFolder(t)
  const bring = (url: string) => {
    const job = makeJob({ repository: { git_url: url, git_branch: 'main', key } })
    return checkOut({ job, context, tree, secrets, marker: {}, log })
  }
  /** A server that wants the key where all is secured, and then sends on. @returns the URL of a repository there */
  const from = async (host: string, to: (path: string) => string) => {
    const gate = createServer(({ url = '', headers }, response) => {
      if (secured && headers.authorization === undefined) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      } else response.writeHead(302, { location: to(url) }).end()
    }).listen(0, '127.0.0.1')
    await once(gate, 'listening')
    t.after(() => gate.close())
    return `http://${host}:${(gate.address() as AddressInfo).port}/repository.git`
  }
  return { seen, bring, target: server.url, from, tree }
}

/** What a commit may hold to harm whoever checks it out; trees are written as git never would. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lineOf } from '../../../../lib/errors.ts'
import { checkOut } from '../../../../runner/job/git/checkout.ts'
import { makeRepository, serveGit } from '../../../kit/git.ts'
import { makeJob } from '../../../kit/job.ts'
import { makeStep, tempFolder } from '../make.ts'

type Entry = [mode: string, name: string, hash: string]

for (const client of ['go_git', 'cmd_git'] as const) {
  for (const name of ['.git', '.GIT', '..', '.']) {
    test(`${client}: a tree with a folder ${name} is refused`, async (t) => {
      const { bring, object, tree } = await setup(t, client)
      const file = object('blob', 'harm')
      const inner = object('tree', entries([['100644', 'witness', file]]))
      const line = String(await bring([['40000', name, inner]]).catch(lineOf))
      assert.match(line, /filepath|error: object \w+: hasDot/)
      assert.ok(!existsSync(join(tree, '.git/witness')) && !existsSync(join(tree, '../witness')))
    })
  }

  test(`${client}: a file behind a link of the same tree is not written`, async (t) => {
    const { bring, object } = await setup(t, client)
    const outside = await tempFolder(t)
    const inner = object('tree', entries([['100644', 'witness', object('blob', 'harm')]]))
    const link = object('blob', outside)
    await bring([
      ['120000', 'a', link],
      ['40000', 'a', inner],
    ]).catch(() => {})
    assert.deepEqual(await readdir(outside), [])
  })

  test(`${client}: a link out of the tree stays a link, and what it leads to as it is`, async (t) => {
    const { bring, object, tree } = await setup(t, client)
    const outside = await tempFolder(t)
    const [target, file] = [join(outside, 'mine'), object('blob', 'theirs')]
    await writeFile(target, 'mine')
    await bring([['120000', 'a', object('blob', target)]])
    await bring([['100644', 'a', file]])
    assert.equal(await readFile(join(tree, 'a'), 'utf8'), 'theirs')
    assert.equal(await readFile(target, 'utf8'), 'mine')
  })

  test(`${client}: names that differ in case are two files`, async (t) => {
    const { bring, object, tree } = await setup(t, client)
    await bring([
      ['100644', 'A', object('blob', 'large')],
      ['100644', 'a', object('blob', 'small')],
    ])
    assert.equal(await readFile(join(tree, 'A'), 'utf8'), 'large')
    assert.equal(await readFile(join(tree, 'a'), 'utf8'), 'small')
  })
}

async function setup(t: TestContext, client: 'go_git' | 'cmd_git') {
  const repository = await makeRepository({ 'site.yml': 'one' })
  t.after(() => repository.close())
  const server = await serveGit(repository.path)
  t.after(() => server.close())
  const { context, secrets, log } = await makeStep(t, { settings: { git_client: client } })
  const tree = await tempFolder(t)
  /** Writes an object as it is. @returns its hash */
  const object = (type: 'blob' | 'tree', input: string | Buffer): string => {
    const args = ['hash-object', '-t', type, '-w', '--literally', '--stdin']
    const options = { cwd: repository.path, input, encoding: 'utf8' } as const
    return execFileSync('git', args, options).trim()
  }
  /** Serves and checks out a commit of these entries. */
  const bring = async (list: Entry[]) => {
    const commit = await repository.git('commit-tree', '-m', 'x', object('tree', entries(list)))
    await repository.git('update-ref', 'refs/heads/main', commit)
    const job = makeJob({ repository: { git_url: server.url, git_branch: 'main' } })
    return checkOut({ job, context, tree, secrets, marker: {}, log })
  }
  return { bring, object, tree }
}

/** A tree object: mode, name and raw hash, one after the other. */
function entries(list: Entry[]): Buffer {
  return Buffer.concat(
    list.flatMap(([mode, name, hash]) => [
      Buffer.from(`${mode} ${name}\0`),
      Buffer.from(hash, 'hex'),
    ]),
  )
}

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { headOf } from '../../../../runner/job/git/head.ts'
import { makeRepository } from '../../../kit/git.ts'

async function repositoryFor(t: TestContext) {
  const repository = await makeRepository({ 'a.txt': 'one' }, 'the first line\n\nand more')
  t.after(() => repository.close())
  return { ...repository, hash: await repository.git('rev-parse', 'HEAD') }
}

test('the commit of a branch, and of a detached HEAD', async (t) => {
  const { path, git, hash, commit } = await repositoryFor(t)
  assert.deepEqual(await headOf(path), { hash, message: 'the first line' })
  const second = await commit({ 'a.txt': 'two' }, 'second')
  assert.deepEqual(await headOf(path), { hash: second, message: 'second' })
  await git('checkout', '--quiet', '--detach', hash)
  assert.deepEqual(await headOf(path), { hash, message: 'the first line' })
})

test('packed references and objects', async (t) => {
  const { path, git, hash } = await repositoryFor(t)
  await git('gc', '--quiet')
  const objects = readdirSync(join(path, '.git/objects'))
  assert.ok(!objects.includes(hash.slice(0, 2)), 'git gc packs the commit')
  assert.deepEqual(await headOf(path), { hash, message: 'the first line' })
})

test('no repository, one without a commit, a linked work tree', async (t) => {
  const { path, git } = await repositoryFor(t)
  await git('worktree', 'add', '--quiet', '--detach', `${path}-linked`)
  t.after(() => rm(`${path}-linked`, { recursive: true }))
  assert.equal(await headOf(`${path}-linked`), null)
  await git('checkout', '--quiet', '--orphan', 'empty')
  assert.equal(await headOf(path), null)
  await rm(join(path, '.git'), { recursive: true })
  assert.equal(await headOf(path), null)
})

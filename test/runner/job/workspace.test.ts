import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { inside } from '../../../runner/job/inside.ts'
import { emptyTree, openWorkspace } from '../../../runner/job/workspace.ts'
import { makeJob } from '../../kit/job.ts'
import { tempFolder } from './make.ts'

test('a work tree is kept for the next task and closed to others', async (t) => {
  const tmpPath = await tempFolder(t)
  const first = openWorkspace(makeJob(), tmpPath)
  assert.equal(first.tree, join(tmpPath, 'project_1/repository_3_template_2'))
  assert.equal(first.home, `${first.tree}_home`)
  await writeFile(join(first.tree, 'kept'), '')
  first.close()
  const second = openWorkspace(makeJob(), tmpPath)
  assert.equal(second.tree, first.tree)
  assert.ok(existsSync(join(second.tree, 'kept')))
  for (const folder of [second.tree, second.home, join(tmpPath, 'project_1')]) {
    assert.equal((await stat(folder)).mode & 0o777, 0o700, folder)
  }
})

test('tasks of one template at one time never share a work tree', async (t) => {
  const tmpPath = await tempFolder(t)
  const open = Array.from({ length: 8 }, () => openWorkspace(makeJob(), tmpPath))
  assert.equal(new Set(open.map(({ tree }) => tree)).size, 8)
  for (const { close } of open) close()
  const again = openWorkspace(makeJob(), tmpPath)
  assert.match(again.tree, /template_2$/)
})

test('the claim of a dead runner is void', async (t) => {
  const tmpPath = await tempFolder(t)
  const project = join(tmpPath, 'project_1')
  await mkdir(project)
  // The pid lives, but it is not the process that started then.
  const claims = [`${process.pid}-1-x`, '99999999-5-y'].map(
    (stamp) => `repository_3_template_2.claim.${stamp}`,
  )
  for (const name of claims) await writeFile(join(project, name), '')
  const { tree } = openWorkspace(makeJob(), tmpPath)
  assert.match(tree, /template_2$/)
  const left = await readdir(project)
  assert.ok(!claims.some((name) => left.includes(name)))
})

test('a folder that another put there first is refused', async (t) => {
  const tmpPath = await tempFolder(t)
  await symlink('/etc', join(tmpPath, 'project_1'))
  assert.throws(() => openWorkspace(makeJob(), tmpPath), { code: 'forbidden' })
})

test('a folder of ours that others may enter is closed', async (t) => {
  const tmpPath = await tempFolder(t)
  await mkdir(join(tmpPath, 'project_1'))
  await chmod(join(tmpPath, 'project_1'), 0o777)
  openWorkspace(makeJob(), tmpPath)
  assert.equal((await stat(join(tmpPath, 'project_1'))).mode & 0o777, 0o700)
})

test('emptying a tree follows no link', async (t) => {
  const outside = await tempFolder(t)
  await writeFile(join(outside, 'precious'), '')
  const tree = await tempFolder(t)
  await symlink(outside, join(tree, 'link'))
  await emptyTree(tree)
  assert.deepEqual(await readdir(tree), [])
  assert.ok(existsSync(join(outside, 'precious')))
})

test('a path is confined to the repository, through links too', async (t) => {
  const root = await tempFolder(t)
  await mkdir(join(root, 'sub'))
  await writeFile(join(root, 'sub/site.yml'), '')
  await symlink('sub/site.yml', join(root, 'good'))
  await symlink('/etc/passwd', join(root, 'bad'))
  await symlink('..', join(root, 'up'))
  assert.ok((await inside(root, 'good'))?.endsWith('/sub/site.yml'))
  assert.equal(await inside(root, 'sub/none'), undefined)
  assert.equal(await inside(root, 'good/none'), undefined)
  for (const path of ['bad', 'up', '..', 'sub/../../x/../..', '../']) {
    await assert.rejects(inside(root, path), { code: 'forbidden' }, path)
  }
  await assert.rejects(inside(root, 'a\0b'), { code: 'invalid' })
})

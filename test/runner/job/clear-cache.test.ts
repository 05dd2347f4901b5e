import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { clearCache } from '../../../runner/job/clear-cache.ts'
import { openWorkspace, type Workspace } from '../../../runner/job/workspace.ts'
import { makeJob } from '../../kit/job.ts'
import { tempFolder } from './make.ts'

test('what no task uses is removed, what one uses stays', async (t) => {
  const tmpPath = await tempFolder(t)
  const [first, second] = [openWorkspace(makeJob(), tmpPath), openWorkspace(makeJob(), tmpPath)]
  for (const { tree, home } of [first, second]) {
    await writeFile(join(tree, 'kept'), '')
    await writeFile(join(home, 'kept'), '')
  }
  second.close()
  assert.deepEqual(await clearCache(tmpPath), { removed: 1, busy: [first.tree] })
  assert.ok(existsSync(join(first.tree, 'kept')) && existsSync(join(first.home, 'kept')))
  assert.ok(!existsSync(second.tree) && !existsSync(second.home))
  first.close()
  assert.deepEqual(await clearCache(tmpPath), { removed: 1, busy: [] })
  assert.deepEqual(readdirSync(join(tmpPath, 'project_1')), [])
  openWorkspace(makeJob(), tmpPath).close()
})

test('of one project, and of what was in use at the last look', async (t) => {
  const tmpPath = await tempFolder(t)
  const places = [1, 11, 11].map((id) =>
    openWorkspace(makeJob({ project: { id, name: 'p' } }), tmpPath),
  )
  const [other, used, free] = places as [Workspace, Workspace, Workspace]
  other.close()
  free.close()
  const first = await clearCache(tmpPath, { project: 11 })
  assert.deepEqual(first, { removed: 1, busy: [used.tree] })
  openWorkspace(makeJob({ project: { id: 11, name: 'p' } }), tmpPath).close()
  used.close()
  const { busy: trees } = first
  assert.deepEqual(await clearCache(tmpPath, { project: 11, trees }), { removed: 1, busy: [] })
  assert.ok(existsSync(free.tree) && existsSync(other.tree) && !existsSync(used.tree))
})

test('nothing else is removed, and no link followed', async (t) => {
  const [tmpPath, outside] = [await tempFolder(t), await tempFolder(t)]
  await mkdir(join(outside, 'repository_1_template_1'))
  await mkdir(join(tmpPath, 'other'))
  await mkdir(join(tmpPath, 'project_2/mine'), { recursive: true })
  await symlink(outside, join(tmpPath, 'project_1'))
  await symlink(outside, join(tmpPath, 'project_2/repository_1_template_1'))
  assert.deepEqual(await clearCache(tmpPath), { removed: 1, busy: [] })
  assert.deepEqual(readdirSync(outside), ['repository_1_template_1'])
  assert.deepEqual(readdirSync(join(tmpPath, 'project_2')), ['mine'])
  assert.ok(existsSync(join(tmpPath, 'other')))
  assert.deepEqual(await clearCache(join(tmpPath, 'nowhere')), { removed: 0, busy: [] })
})

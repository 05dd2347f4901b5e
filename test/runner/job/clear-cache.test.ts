import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { clearCache } from '../../../runner/job/clear-cache.ts'
import { openWorkspace } from '../../../runner/job/workspace.ts'
import { makeJob, tempFolder } from './make.ts'

test('what no task uses is removed, what one uses stays', async (t) => {
  const tmpPath = await tempFolder(t)
  const [first, second] = [openWorkspace(makeJob(), tmpPath), openWorkspace(makeJob(), tmpPath)]
  for (const { tree, home } of [first, second]) {
    await writeFile(join(tree, 'kept'), '')
    await writeFile(join(home, 'kept'), '')
  }
  second.close()
  assert.deepEqual(await clearCache(tmpPath), { removed: 1, busy: 1 })
  assert.ok(existsSync(join(first.tree, 'kept')) && existsSync(join(first.home, 'kept')))
  assert.ok(!existsSync(second.tree) && !existsSync(second.home))
  first.close()
  assert.deepEqual(await clearCache(tmpPath), { removed: 1, busy: 0 })
  assert.deepEqual(readdirSync(join(tmpPath, 'project_1')), [])
  openWorkspace(makeJob(), tmpPath).close()
})

test('nothing else is removed, and no link followed', async (t) => {
  const [tmpPath, outside] = [await tempFolder(t), await tempFolder(t)]
  await mkdir(join(outside, 'repository_1_template_1'))
  await mkdir(join(tmpPath, 'other'))
  await mkdir(join(tmpPath, 'project_2/mine'), { recursive: true })
  await symlink(outside, join(tmpPath, 'project_1'))
  await symlink(outside, join(tmpPath, 'project_2/repository_1_template_1'))
  assert.deepEqual(await clearCache(tmpPath), { removed: 1, busy: 0 })
  assert.deepEqual(readdirSync(outside), ['repository_1_template_1'])
  assert.deepEqual(readdirSync(join(tmpPath, 'project_2')), ['mine'])
  assert.ok(existsSync(join(tmpPath, 'other')))
  assert.deepEqual(await clearCache(join(tmpPath, 'nowhere')), { removed: 0, busy: 0 })
})

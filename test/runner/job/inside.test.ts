import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { asArgument, inside } from '../../../runner/job/inside.ts'
import { tempFolder } from './make.ts'

async function repository(t: TestContext) {
  const folder = await tempFolder(t)
  const root = join(folder, 'repository')
  mkdirSync(join(root, 'roles'), { recursive: true })
  writeFileSync(join(folder, 'secret'), '')
  writeFileSync(join(root, 'site.yml'), '')
  return root
}

test('a file of the repository, however it is written', async (t) => {
  const root = await repository(t)
  symlinkSync('site.yml', join(root, 'link.yml'))
  for (const path of ['site.yml', './site.yml', 'roles/../site.yml', '/site.yml', 'link.yml']) {
    assert.equal(await inside(root, path), join(root, 'site.yml'))
  }
  assert.equal(await inside(root, '.'), root)
  assert.equal(await inside(root, 'none.yml'), undefined)
  assert.equal(await inside(root, 'site.yml/none'), undefined)
})

test('what leads out is refused, and nobody learns whether it is there', async (t) => {
  const root = await repository(t)
  symlinkSync('../secret', join(root, 'link'))
  symlinkSync('..', join(root, 'up'))
  for (const path of ['../secret', '../none', '..', 'roles/../../secret', 'link', 'up/secret']) {
    await assert.rejects(inside(root, path), {
      code: 'forbidden',
      message: `${path}: leads out of the repository`,
    })
  }
  await assert.rejects(inside(root, 'a\0b'), { code: 'invalid' })
})

test('on a command line a path is no option, and none of the machine', () => {
  for (const path of ['a/b', '/a/b', '//a/b']) assert.equal(asArgument('script', path), 'a/b')
  for (const path of ['', '/', '-x', '/-x', '--version']) {
    assert.throws(() => asArgument('script', path), {
      code: 'invalid',
      message: `script ${JSON.stringify(path)}: expected a path in the repository`,
    })
  }
})

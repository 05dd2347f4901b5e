import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Brought, bringBack } from '../kit/brought.ts'
import { openHome } from './home.ts'

const { api, project, run } = await openHome()

let folders = 0
/** A folder that is not there yet, alone in one. */
function newFolder(): { outer: string; folder: string } {
  const outer = join(api.folder, `saved-${++folders}`)
  mkdirSync(outer)
  return { outer, folder: join(outer, 'in') }
}

async function save(files: readonly Brought[], folder: string, ...more: string[]) {
  const id = String(await bringBack(api, project, files))
  return await run('task', 'artifacts', id, '--download', folder, ...more)
}

test('the list is a table for people and JSON for scripts', async () => {
  const files = [
    { name: 'a\x1b[2J\nb', content: '12345' },
    { name: 'c', content: '', problem: 'no file matches' },
  ]
  const id = String(await bringBack(api, project, files))
  const { code, stdout } = await run('task', 'artifacts', id)
  const rows = ['ID  NAME  BYTES  PROBLEM', '1   a b   5', '2   c     0      no file matches']
  assert.deepEqual([code, stdout], [0, `${rows.join('\n')}\n`])
  const json = await run('task', 'artifacts', id, '--json')
  assert.deepEqual(
    JSON.parse(json.stdout).map(({ name }: { name: string }) => name),
    files.map(({ name }) => name),
  )
  const none = await run('task', 'artifacts', String(project.task))
  assert.equal(none.stdout, 'no artifacts\n')
})

test('files are saved below the folder as they were', async () => {
  const { folder } = newFolder()
  const content = {
    'deep/er/noise': randomBytes(200_000),
    'deep/zero': Buffer.from('a\0b'),
    empty: Buffer.alloc(0),
    '-rf': Buffer.from('1'),
    'ünï\ncode': Buffer.from('2'),
    '...': Buffer.from('3'),
    'a\\b': Buffer.from('4'),
  }
  const files = Object.entries(content).map(([name, content]) => ({ name, content }))
  const { code, stderr } = await save([...files, { name: 'x', content: '', problem: 'no' }], folder)
  assert.deepEqual([code, stderr], [0, ''])
  for (const [name, bytes] of Object.entries(content)) {
    assert.ok(readFileSync(join(folder, name)).equals(bytes), name)
  }
  const names = ['-rf', '...', 'a\\b', 'deep', 'empty', 'ünï\ncode']
  assert.deepEqual(readdirSync(folder).sort(), names.sort())
})

test('no name leads out of the folder, and the others are saved', async () => {
  const { outer, folder } = newFolder()
  mkdirSync(folder)
  mkdirSync(join(outer, 'elsewhere'))
  symlinkSync('../elsewhere', join(folder, 'link'))
  symlinkSync('../elsewhere/new', join(folder, 'dangling'))
  const evil = ['../evil', 'a/../../evil', '/tmp/evil', '..', '.', 'a//b', 'a/', 'nul\0']
  const through = ['link/evil', 'dangling']
  const files = [...evil, ...through, 'good'].map((name) => ({ name, content: 'x' }))
  for (const force of [[], ['--force']]) {
    const { code, stderr } = await save(files, folder, ...force)
    const lost = evil.length + (force.length === 0 ? 2 : 1)
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`--download: ${lost} of them could not`))
    assert.match(stderr, /^\.\.\/evil: is no path below a folder, and is not saved$/m)
    assert.match(stderr, /^link\/evil: .* is there and is no folder$/m)
    assert.deepEqual(readdirSync(join(outer, 'elsewhere')), [])
    assert.deepEqual(readdirSync(outer).sort(), ['elsewhere', 'in'])
    assert.equal(readFileSync(join(folder, 'good'), 'utf8'), 'x')
  }
})

test('what is there is replaced only by --force', async () => {
  const { folder } = newFolder()
  mkdirSync(folder)
  writeFileSync(join(folder, 'a'), 'mine')
  const files = [{ name: 'a', content: 'theirs' }]
  const refused = await save(files, folder)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /^a: is there already; give --force to replace it$/m)
  assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'mine')
  assert.equal((await save(files, folder, '--force')).code, 0)
  assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'theirs')
  assert.deepEqual(readdirSync(folder), ['a'])
})

test('a file that is not what its server told leaves nothing behind', async () => {
  const { folder } = newFolder()
  const files = [{ name: 'a', content: randomBytes(50_000), sha256: '0'.repeat(64) }]
  for (const force of [[], ['--force']]) {
    const { code, stderr } = await save(files, folder, ...force)
    assert.equal(code, 1)
    assert.match(stderr, /^a: (not saved|did not come whole)/m)
    assert.deepEqual(readdirSync(folder), [])
  }
})

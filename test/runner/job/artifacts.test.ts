import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, truncateSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Artifact, ArtifactWish } from '../../../broker/artifacts.ts'
import type { Part } from '../../../broker/chunk.ts'
import { type Collecting, collectArtifacts } from '../../../runner/job/artifacts.ts'
import { JobLog } from '../../../runner/job/log.ts'
import { Masker } from '../../../runner/job/mask.ts'

const plenty = { max_file: 1_000_000, max_total: 10_000_000, max_files: 1000 }

interface Brought {
  told: Artifact[]
  /** The bytes before each of `told`. */
  bytes: Buffer[]
  log: string
}

interface Given extends Partial<ArtifactWish> {
  own?: Collecting['own']
  user?: Collecting['user']
  room?: number
  /** Called with all bytes that went out so far. */
  onPiece?(total: number): void
  stopped?: () => boolean
}

async function tree(t: TestContext, files: Record<string, string | Buffer>): Promise<string> {
  const top = await mkdtemp(join(tmpdir(), 'outstation-artifacts-'))
  t.after(() => rm(top, { recursive: true, force: true }))
  const folder = join(top, 'tree')
  await mkdir(folder)
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

async function collect(folder: string, globs: string[], given: Given = {}): Promise<Brought> {
  const { own, user, room, onPiece, stopped = () => false, ...wish } = given
  const brought: Brought = { told: [], bytes: [], log: '' }
  let pieces: Buffer[] = []
  let total = 0
  const sink = {
    async write(bytes: Uint8Array, part?: Part) {
      if (part === undefined) brought.log += Buffer.from(bytes)
      if (part === 'file') {
        pieces.push(Buffer.from(bytes))
        total += bytes.length
        onPiece?.(total)
      }
      if (part !== 'artifact') return
      brought.told.push(JSON.parse(Buffer.from(bytes).toString()))
      brought.bytes.push(Buffer.concat(pieces))
      pieces = []
    },
    ...(room !== undefined && { hasRoom: async (bytes: number) => bytes <= room }),
  }
  const log = new JobLog(sink, Masker.of({ texts: ['secret'], base64: [] }))
  const all = { wish: { globs, ...plenty, ...wish }, own, user, stopped }
  await collectArtifacts({ folder, sink, log, ...all })
  await log.close()
  return brought
}

const problems = ({ told }: Brought) =>
  Object.fromEntries(told.map(({ name, problem }) => [name, problem]))

test('files of any bytes come back, in the order of their names, and are not masked', async (t) => {
  const noise = randomBytes(200_001)
  const folder = await tree(t, { 'b/noise': noise, a: 'a secret\0', empty: '', 'b/-x\n..': '1' })
  const { told, bytes, log } = await collect(folder, ['b', 'empty', 'a'])
  assert.deepEqual(
    told.map(({ name }) => name),
    ['a', 'b/-x\n..', 'b/noise', 'empty'],
  )
  const were = [Buffer.from('a secret\0'), Buffer.from('1'), noise, Buffer.alloc(0)]
  for (const [index, was] of were.entries()) {
    assert.ok(bytes[index]?.equals(was))
    const { bytes: size, sha256, problem } = told[index] as Artifact
    const digest = createHash('sha256').update(was).digest('hex')
    assert.deepEqual([size, sha256, problem], [was.length, digest, null])
  }
  assert.equal(log, 'Artifacts: 4 files, 200011 bytes\n')
})

test('a file that two patterns mean comes once', async (t) => {
  const folder = await tree(t, { 'a/x': '1' })
  assert.equal((await collect(folder, ['a', 'a/*', '**/x'])).told.length, 1)
})

test('links are not followed, and what is no file is left alone', async (t) => {
  const folder = await tree(t, { '../outside/x': 'out', 'in/x': 'in' })
  await symlink('../outside/x', join(folder, 'file'))
  await symlink('../outside', join(folder, 'folder'))
  await symlink('in', join(folder, 'inner'))
  await symlink('nowhere', join(folder, 'broken'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  const link = 'it is a link, and links are not followed'
  const all = { broken: link, file: link, folder: link, inner: link, pipe: 'it is no plain file' }
  assert.deepEqual(problems(await collect(folder, ['*'])), { ...all, 'in/x': null })
  const through = await collect(folder, ['folder/x', '../outside/x', '/etc/passwd'])
  assert.deepEqual(
    through.told.map(({ problem }) => problem),
    Array(3).fill('no file matches'),
  )
  assert.deepEqual(through.bytes, Array(3).fill(Buffer.alloc(0)))
})

test('a folder that becomes a link after it was found is not followed', async (t) => {
  const folder = await tree(t, { '../outside/b': 'out', 'a/first': '1', 'a/z/b': 'in' })
  let done = false
  const brought = await collect(folder, ['a'], {
    onPiece() {
      if (done) return
      done = true
      execFileSync('sh', ['-c', 'rm -r a/z && ln -s ../../outside a/z'], { cwd: folder })
    },
  })
  assert.match(problems(brought)['a/z/b'] as string, /a folder above it is a link/)
})

test('what is too large, too much or too many is named, and the rest comes', async (t) => {
  const folder = await tree(t, { a: 'x'.repeat(11), b: 'x'.repeat(10), c: 'x'.repeat(9), d: 'x' })
  const caps = { max_file: 10, max_total: 12 }
  const brought = await collect(folder, ['*'], caps)
  assert.deepEqual(problems(brought), {
    a: 'it has 11 bytes; a file may have 10',
    b: null,
    c: 'it has 9 bytes; all files of a task may have 12',
    d: null,
  })
  assert.match(brought.log, /^Artifact "a": it has 11 bytes; a file may have 10$/m)
  const few = await collect(folder, ['*', 'e'], { max_files: 3 })
  assert.deepEqual(few.told.length, 4)
  assert.match(few.log, /^Artifacts: more than 3 files match; the others are left out$/m)
  assert.equal(problems(few).e, 'over 3 files match')
})

test('a runner may allow less than its server, never more', async (t) => {
  const folder = await tree(t, { a: Buffer.alloc(1_000_001) })
  const less = await collect(folder, ['a'], { max_file: 5_000_000, own: { max_file_mb: 1 } })
  assert.match(problems(less).a as string, /a file may have 1000000$/)
  const total = await collect(folder, ['a'], { max_file: 5_000_000, own: { max_total_mb: 1 } })
  assert.match(problems(total).a as string, /all files of a task may have 1000000$/)
  const none = await collect(folder, ['a'], { max_file: 5_000_000, own: { max_files: 0 } })
  assert.deepEqual(problems(none), { a: 'over 0 files match' })
  assert.deepEqual(none.bytes, [Buffer.alloc(0)])
  const more = { max_file_mb: 100, max_total_mb: 100, max_files: 5000 }
  assert.match(
    problems(await collect(folder, ['a'], { own: more })).a as string,
    /may have 1000000$/,
  )
})

test('a file that changes while it is read is not taken for what it was', async (t) => {
  const changes = {
    grows: (path: string) => appendFileSync(path, 'more'),
    shrinks: (path: string) => truncateSync(path, 70_000),
  }
  for (const change of Object.values(changes)) {
    const folder = await tree(t, { a: Buffer.alloc(200_000), b: 'whole' })
    let done = false
    const brought = await collect(folder, ['*'], {
      onPiece() {
        if (!done) change(join(folder, 'a'))
        done = true
      },
    })
    assert.deepEqual(problems(brought), { a: 'it changed while it was read', b: null })
    assert.equal(String(brought.bytes[1]), 'whole')
  }
})

test('a file that goes away, or a disk without room, costs that file alone', async (t) => {
  const folder = await tree(t, { a: 'a'.repeat(5), b: 'gone', c: 'c' })
  const brought = await collect(folder, ['*'], {
    room: 4,
    onPiece: () => execFileSync('rm', ['-f', join(folder, 'c')]),
  })
  assert.deepEqual(problems(brought), {
    a: "it has 5 bytes, and the disk of the runner's data_dir has no room",
    b: null,
    c: 'it cannot be read (ENOENT)',
  })
})

test('names that are not UTF-8 or too long', async (t) => {
  const long = Array(6).fill('n'.repeat(200)).join('/')
  const folder = await tree(t, { [long]: '1', ok: '2' })
  await rename(Buffer.from(`${folder}/ok`), Buffer.from([...Buffer.from(`${folder}/bad`), 0xff]))
  const told = problems(await collect(folder, ['**']))
  assert.deepEqual(told, {
    'bad\ufffd': 'its name is not UTF-8',
    [long.slice(0, 1024)]: 'its name is too long',
  })
})

test('what may not be read', { skip: process.getuid?.() === 0 && 'root reads all' }, async (t) => {
  const folder = await tree(t, { 'a/x': '1', b: '2' })
  await chmod(join(folder, 'a'), 0)
  await chmod(join(folder, 'b'), 0)
  t.after(() => chmod(join(folder, 'a'), 0o700))
  assert.deepEqual(problems(await collect(folder, ['*'])), {
    a: 'the folder cannot be read (EACCES)',
    b: 'it cannot be read (EACCES)',
  })
})

test('of a task that another user runs only what is that one’s own', async (t) => {
  const folder = await tree(t, { a: '1' })
  const { uid = 0, gid = 0 } = { uid: process.getuid?.(), gid: process.getgid?.() }
  assert.deepEqual(problems(await collect(folder, ['a'], { user: { uid, gid } })), { a: null })
  assert.deepEqual(problems(await collect(folder, ['a'], { user: { uid: uid + 1, gid } })), {
    a: 'it belongs to another user than the task',
  })
})

test('a stop in the middle ends it, and what is whole stays', async (t) => {
  const folder = await tree(t, { a: 'whole', b: Buffer.alloc(300_000), c: 'never' })
  let total = 0
  const brought = await collect(folder, ['*'], {
    onPiece: (now) => {
      total = now
    },
    stopped: () => total > 100_000,
  })
  assert.deepEqual(problems(brought), { a: null })
  assert.equal(brought.log, 'Artifacts: no more of them, since the task was stopped\n')
})

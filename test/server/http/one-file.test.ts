/** The program in one file: of this version, alone in a folder, and not sent twice. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { version } from '../../../lib/version.ts'
import { readOneFile } from '../../../server/http/one-file.ts'
import { type Api, startApi } from '../../kit/api.ts'
import { buildOneFile } from '../../kit/one-file.ts'

let api: Api
let folder: string
let program: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outstation-one-file-'))
  program = join(folder, 'outstation.mjs')
  await cp(await buildOneFile(), program)
  api = await startApi()
})
after(async () => {
  await api.close()
  await rm(folder, { recursive: true })
})

test('whoever asks gets it, compressed if they take that, and once', async () => {
  const { status, text, headers } = await api.stranger.get('/outstation.mjs')
  assert.deepEqual([status, text], [200, await readFile(program, 'utf8')])
  const small = await api.stranger.with({ 'accept-encoding': 'gzip' }).get('/outstation.mjs')
  assert.equal(small.headers['content-encoding'], 'gzip')
  assert.equal(gunzipSync(small.bytes).toString(), text)
  assert.ok(small.bytes.length < 1_000_000)
  const known = { 'if-none-match': String(headers.etag) }
  const again = await api.stranger.with(known).get('/outstation.mjs')
  assert.deepEqual([again.status, again.text], [304, ''])
})

test('without it, nothing is served', async () => {
  assert.equal(await readOneFile(join(folder, 'nothing.mjs')), undefined)
})

test('it runs with nothing beside it, has no command of the server, and names whose code it holds', async () => {
  const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args])
  assert.equal((await run('version')).stdout, `${version}\n`)
  assert.match((await run('runner', '--help')).stdout, /outstation runner/)
  await writeFile(join(folder, 'package.json'), '{"version": "9.9.9"}')
  assert.equal((await run('version')).stdout, `${version}\n`)
  await assert.rejects(run('server'), { code: 2 })
  assert.match(await readFile(program, 'utf8'), /^\/\/ .*isomorphic-git/m)
})

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { type Api, startApi } from '../../kit/api.ts'

let pages: string
let api: Api
const script = 'export const a = 1\n'.repeat(50)
before(async () => {
  pages = await mkdtemp(join(tmpdir(), 'outstation-pages-'))
  await mkdir(join(pages, 'assets'))
  await writeFile(join(pages, 'index.html'), '<!doctype html><title>Page</title>')
  await writeFile(join(pages, 'assets/main-abc.js'), script)
  await writeFile(join(pages, 'notes.txt'), 'not for the public')
  api = await startApi({ pages })
})
after(async () => {
  await api.close()
  await rm(pages, { recursive: true })
})

const html = { accept: 'text/html,*/*;q=0.8' }

test('every address that a person may open is the page, under a policy without exceptions', async () => {
  for (const path of ['/', '/runners', '/project/1/tasks/7?attempt=2', '/apiary']) {
    const { status, text, headers } = await api.stranger.with(html).get(path)
    assert.equal(status, 200, path)
    assert.match(text, /<title>Page/)
    assert.equal(headers['cache-control'], 'no-cache')
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/)
    assert.match(policy, /require-trusted-types-for 'script'/)
    assert.doesNotMatch(policy, /unsafe/)
  }
})

test('what programs ask for is never a page', async () => {
  for (const path of ['/api', '/api/nothing', '/assets/main-old.js', '/mqtt', '/readyz/x']) {
    const { status, text } = await api.stranger.with(html).get(path)
    assert.equal(status, 404, path)
    assert.match(text, /no such address/)
  }
  assert.equal((await api.stranger.post('/runners')).status, 404)
  assert.equal(
    (await api.stranger.with({ accept: 'application/json' }).get('/runners')).status,
    404,
  )
})

test('a file is kept for ever, comes compressed, and is not sent twice', async () => {
  const path = '/assets/main-abc.js'
  const plain = await api.stranger.get(path)
  assert.deepEqual([plain.status, plain.text], [200, script])
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8')
  const br = await api.stranger.with({ 'accept-encoding': 'gzip, br' }).get(path)
  assert.equal(br.headers['content-encoding'], 'br')
  assert.equal(brotliDecompressSync(br.bytes).toString(), script)
  const gzip = await api.stranger.with({ 'accept-encoding': 'gzip' }).get(path)
  assert.equal(gunzipSync(gzip.bytes).toString(), script)
  const again = await api.stranger.with({ 'if-none-match': String(plain.headers.etag) }).get(path)
  assert.deepEqual([again.status, again.text], [304, ''])
})

test('nothing else of the disk can be asked for', async () => {
  for (const path of ['/notes.txt', '/assets/..%2fnotes.txt', '/assets/%2e%2e/notes.txt']) {
    const { text } = await api.stranger.with(html).get(path)
    assert.doesNotMatch(text, /not for the public/, path)
  }
})

test('a page that is not built says what to do', async () => {
  const bare = await startApi({ pages: join(pages, 'nowhere') })
  try {
    assert.match((await bare.stranger.with(html).get('/')).text, /npm run build/)
  } finally {
    await bare.close()
  }
})

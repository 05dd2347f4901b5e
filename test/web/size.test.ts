import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readPages } from '../../server/http/pages.ts'
import { buildInto } from './browser.ts'

test('all of the page, fonts apart, is under 100 kB as it travels, and asks nobody else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-page-'))
  try {
    await buildInto(folder)
    const files = [...readPages(folder)]
    assert.ok(files.length > 5)
    const sent = files.map(([path, { gzip }]) =>
      path.endsWith('.woff2') ? 0 : (gzip?.length ?? 0),
    )
    const bytes = sent.reduce((all, one) => all + one, 0)
    assert.ok(bytes < 100_000, `${bytes} bytes`)
    for (const [path, { plain, type }] of files) {
      if (/javascript|css|html/.test(type)) {
        assert.doesNotMatch(plain.toString(), /(?:src|href|url)[=(]["']?https?:/, path)
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

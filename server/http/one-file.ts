/** The program in one file (cli/one-file.ts), held in memory from when it is first asked for. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { systemCode } from '../../lib/errors.ts'
import type { PageFile } from './pages.ts'

/** Where `npm run build` puts it: seen from this source file, and from what is built of it. */
const built = join(
  import.meta.dirname,
  import.meta.filename.endsWith('.ts') ? '../../dist' : '../..',
  'one-file/outstation.mjs',
)

/** @returns undefined if it has not been built */
export async function readOneFile(path = built): Promise<PageFile | undefined> {
  try {
    const plain = await readFile(path)
    return {
      type: 'text/javascript; charset=utf-8',
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
      immutable: false,
      plain,
      gzip: await promisify(gzip)(plain, { level: 9 }),
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

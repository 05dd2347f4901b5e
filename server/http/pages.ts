/**
 * The files of the web page: a dozen, held in memory with their compressed forms. What is asked for is
 * looked up among their names, so no path can lead anywhere else on the disk.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'

export interface PageFile {
  type: string
  etag: string
  /** Its name is made of its content, so it may be kept for ever. */
  immutable: boolean
  plain: Buffer
  /** Absent where compressing gains nothing. */
  br?: Buffer
  gzip?: Buffer
}

/** By its path in an address, such as `/assets/main-B7xk.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
const compressible = new Set(['.html', '.js', '.css', '.svg'])

/** Where `npm run build` puts the page: seen from this source file, and from what is built of it. */
export const builtPages = join(
  import.meta.dirname,
  import.meta.filename.endsWith('.ts') ? '../../dist/web' : '../../web',
)

/** Nothing, if the page has not been built. Files of a kind that is not known are left out. */
export function readPages(folder: string): PageFiles {
  const files = new Map<string, PageFile>()
  if (!existsSync(join(folder, 'index.html'))) return files
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const plain = readFileSync(join(folder, name))
    const path = `/${name.replaceAll(sep, '/')}`
    files.set(path, {
      type,
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
      immutable: path.startsWith('/assets/'),
      plain,
      ...(compressible.has(extname(name)) && {
        br: brotliCompressSync(plain),
        gzip: gzipSync(plain, { level: 9 }),
      }),
    })
  }
  return files
}

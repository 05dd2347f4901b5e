/** Serves the web page: its files by their names, and its index for every address that a person may open. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { notFoundHandler } from './errors.ts'
import { builtPages, type PageFile, readPages } from './pages.ts'

/** Nothing from elsewhere, nothing inline, and no way to turn text into markup (Trusted Types). */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Addresses of programs: what is not there is an error for them, never a page. */
const forPrograms = /^\/(api|mqtt|assets|healthz|readyz|ca\.pem)(\/|$)/

/** @param folder of the built page; without it every address answers what to do about that */
export function servePages(app: App, folder = builtPages): void {
  const files = readPages(folder)
  const index = files.get('/index.html')
  for (const [path, file] of files) {
    if (file === index) continue
    app.get(path, { config: { access: 'public' }, schema: { hide: true } }, (request, reply) =>
      sendFile(request, reply, file),
    )
  }
  app.setNotFoundHandler((request, reply) => {
    if (!isForPeople(request)) return notFoundHandler(request, reply)
    if (index === undefined) return reply.type('text/plain; charset=utf-8').send(notBuilt)
    return sendFile(request, reply.header('content-security-policy', policy), index)
  })
}

const notBuilt = 'The web page is not built: run "npm run build". The API is at /api.\n'

/** @returns whether it is a page that was asked for, and not some file or call that is not there */
function isForPeople({ method, url, headers }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return (
    !forPrograms.test(url.split('?', 1)[0] ?? '') && /text\/html|\*\/\*/.test(headers.accept ?? '')
  )
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  reply.headers({
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    vary: 'accept-encoding',
  })
  if (request.headers['if-none-match'] === file.etag) return reply.status(304).send()
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = (['br', 'gzip'] as const).find(
    (name) => file[name] !== undefined && new RegExp(`\\b${name}\\b`).test(accepted),
  )
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply
    .status(200)
    .type(file.type)
    .send(encoding ? file[encoding] : file.plain)
}

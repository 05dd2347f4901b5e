/** Serves the web page: its files by their names, and its index for every address that a person may open. */
import type { FastifyRequest } from 'fastify'
import type { App } from './app.ts'
import { notFoundHandler } from './errors.ts'
import { builtPages, readPages } from './pages.ts'
import { sendFile } from './send-file.ts'

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
const forPrograms = /^\/(api|mqtt|assets|healthz|readyz|ca\.pem|outstation\.mjs)(\/|$)/

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

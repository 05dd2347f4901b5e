/** Real git repositories in temp folders, and a real smart HTTP server for them on loopback. */
import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Files = Record<string, string>

export interface TestRepository {
  /** The work tree; a file:// URL and the server below serve it as well. */
  path: string
  git(...args: string[]): Promise<string>
  /** Writes the files, commits them on the current branch, returns the hash. */
  commit(files: Files, message?: string): Promise<string>
  close(): Promise<void>
}

/** A repository with branch main and one commit. */
export async function makeRepository(files: Files, message = 'first'): Promise<TestRepository> {
  const path = await mkdtemp(join(tmpdir(), 'outstation-repository-'))
  const env = {
    PATH: process.env.PATH,
    HOME: path,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.org',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.org',
  }
  const git = async (...args: string[]) =>
    (await run('git', args, { cwd: path, env })).stdout.trim()
  const commit = async (changed: Files, text = 'change') => {
    for (const [name, content] of Object.entries(changed)) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      await writeFile(join(path, name), content)
    }
    await git('add', '--all')
    await git('commit', '--quiet', '--allow-empty', '--message', text)
    return git('rev-parse', 'HEAD')
  }
  await git('init', '--quiet', '--initial-branch=main')
  await commit(files, message)
  return { path, git, commit, close: () => rm(path, { recursive: true, force: true }) }
}

/** Commits a submodule as git itself would write it, whatever its URL or path is. */
export async function addSubmodule(
  outer: TestRepository,
  path: string,
  url: string,
  hash: string,
): Promise<void> {
  const text = `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`
  await writeFile(join(outer.path, '.gitmodules'), text, { flag: 'a' })
  await outer.git('add', '.gitmodules')
  await outer.git('update-index', '--add', '--cacheinfo', `160000,${hash},${path}`)
  await outer.git('commit', '--quiet', '--message', 'a submodule')
}

export interface GitServerOptions {
  /** Basic authentication; anyone may read without it. */
  login?: { username: string; password: string }
  /** Called before each request is answered; returns a status to answer with instead. */
  before?: (request: IncomingMessage) => number | 'never' | undefined
  /** More repositories at the same place, `lib` -> its path is served at `/lib.git`. */
  beside?: Record<string, string>
  /** Git LFS: the content of the one large file, as the batch API and its download give it. */
  large?: (request: IncomingMessage) => string
}

export interface GitServer {
  url: string
  close(): Promise<void>
}

/** Serves a repository by `git http-backend` at `url`. */
export async function serveGit(path: string, options: GitServerOptions = {}): Promise<GitServer> {
  const server = createServer((request, response) => {
    const status = options.before?.(request) ?? refusal(request, options.login)
    if (status === undefined) {
      if (options.large && request.url?.includes('/lfs/')) {
        return void large(options.large, request, response)
      }
      const name = /^\/([^/]+)\.git/.exec(request.url ?? '')?.[1] ?? ''
      return backend(options.beside?.[name] ?? path, request, response)
    }
    if (status === 'never') return
    request.resume()
    response.writeHead(status, status === 401 ? { 'www-authenticate': 'Basic realm="git"' } : {})
    response.end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/repository.git`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

function refusal(request: IncomingMessage, login: GitServerOptions['login']): number | undefined {
  if (!login) return undefined
  const right = Buffer.from(`${login.username}:${login.password}`).toString('base64')
  return request.headers.authorization === `Basic ${right}` ? undefined : 401
}

/** git-lfs/docs/api/batch.md: where each object is; and the object itself. */
async function large(
  content: (request: IncomingMessage) => string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const file = content(request)
  if (request.method === 'GET') return void response.end(file)
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  const objects = (JSON.parse(body) as { objects: object[] }).objects.map((object) => ({
    ...object,
    actions: { download: { href: `http://${request.headers.host}/file/lfs/object` } },
  }))
  response.setHeader('content-type', 'application/vnd.git-lfs+json')
  response.end(JSON.stringify({ transfer: 'basic', objects }))
}

/** CGI (RFC 3875) in as many lines as git needs. */
function backend(path: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://git')
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: path,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      PATH_INFO: url.pathname.replace(/^\/[^/]+\.git/, '/.git'),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  })
  // A client that hangs up is not this server's failure.
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  let head = Buffer.alloc(0)
  const onHead = (bytes: Buffer) => {
    head = Buffer.concat([head, bytes])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    child.stdout.off('data', onHead)
    const lines = head.subarray(0, end).toString().split('\r\n')
    const fields = lines.map((line) => line.split(/:\s*/, 2) as [string, string])
    const status = fields.find(([name]) => name.toLowerCase() === 'status')?.[1]
    response.writeHead(Number(status?.slice(0, 3) ?? 200), Object.fromEntries(fields))
    response.write(head.subarray(end + 4))
    child.stdout.pipe(response)
  }
  child.stdout.on('data', onHead)
  response.on('close', () => child.kill())
}

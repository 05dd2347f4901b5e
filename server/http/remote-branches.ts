/** The branches of a repository, asked of its git server. */
import http from 'node:http'
import https from 'node:https'
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git'
import type { Repository } from '../../broker/job.ts'
import { AppError, lineOf } from '../../lib/errors.ts'
import type { AddressGuard } from '../feed/webhooks/address-guard.ts'

/** For the whole exchange, ms. */
const timeoutMs = 15_000
/** A list of 50,000 branches. */
const mostBytes = 8 * 1_048_576
const prefix = 'refs/heads/'

type Remote = Pick<Repository, 'git_url' | 'key'>

/**
 * By name. Only over http and https: for ssh a server would need the program and its host keys, and
 * it is the runners that fetch. @throws AppError `invalid` or `unavailable`, for a person
 */
export async function remoteBranches(
  { git_url, key }: Remote,
  guard: AddressGuard,
): Promise<string[]> {
  if (!/^https?:\/\//i.test(git_url) || !URL.canParse(git_url)) {
    throw new AppError('invalid', 'git_url: only a repository over http or https can be asked', {
      fix: 'type the branch: runners fetch what the server cannot ask for',
    })
  }
  // It loads slowly, and few servers are ever asked.
  const { default: git } = await import('isomorphic-git')
  try {
    const refs = await git.listServerRefs({
      url: git_url,
      http: guarded(guard, AbortSignal.timeout(timeoutMs)),
      protocolVersion: 1,
      onAuth: () => loginOf(key) ?? { cancel: true },
    })
    return refs
      .filter(({ ref }) => ref.startsWith(prefix))
      .map(({ ref }) => ref.slice(prefix.length))
      .sort()
  } catch (error) {
    throw faultOf(error)
  }
}

/** A key without a login is a token: it goes in both places, as hosts differ in where they look. */
function loginOf(key: Repository['key']) {
  if (key.type === 'string') return { username: key.string, password: key.string }
  if (key.type !== 'login_password') return undefined
  return { username: key.login || key.password, password: key.password }
}

/** No redirects: what a git server points to would be asked with this server's hands. */
function guarded(guard: AddressGuard, signal: AbortSignal): HttpClient {
  return {
    async request({ url, method = 'GET', headers = {} }: GitHttpRequest): Promise<GitHttpResponse> {
      const target = new URL(url)
      guard.check(target)
      const { request } = target.protocol === 'https:' ? https : http
      const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
        const options = { method, headers, signal, agent: false as const, lookup: guard.lookup }
        request(target, options, resolve).on('error', reject).end()
      })
      const { statusCode = 0, statusMessage = '' } = answer
      const fields = answer.headers as Record<string, string>
      return { url, method, statusCode, statusMessage, headers: fields, body: capped(answer) }
    },
  }
}

async function* capped(answer: http.IncomingMessage): AsyncIterableIterator<Uint8Array> {
  let size = 0
  for await (const part of answer) {
    size += part.length
    if (size > mostBytes) throw new AppError('invalid', 'git_url: its list of branches is too long')
    yield part
  }
}

/** What the other side said beyond its status is nobody's business: it may be no git server at all. */
function faultOf(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { name, code, data } = error as Error & { code?: string; data?: { statusCode?: number } }
  if (code === 'UserCanceledError' || data?.statusCode === 401 || data?.statusCode === 403) {
    return new AppError('invalid', 'the git server does not accept the key of the repository')
  }
  if (data?.statusCode !== undefined) {
    return new AppError('invalid', `the git server answered ${data.statusCode}`)
  }
  if (code === 'SmartHttpError' || code === 'ParseError' || code === 'EmptyServerResponseError') {
    return new AppError('invalid', 'git_url: there is no git server')
  }
  const reason = name === 'TimeoutError' || name === 'AbortError' ? 'no answer' : lineOf(error)
  return new AppError('unavailable', `the git server is not reached: ${reason}`)
}

/** The branches of a repository over http and https, by the built-in git client. */
import http from 'node:http'
import https from 'node:https'
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git'
import type { Key } from '../../../broker/job.ts'
import { AppError, lineOf } from '../../../lib/errors.ts'
import type { AddressGuard } from '../../feed/webhooks/address-guard.ts'
import { mostBytes, notAccepted, notReached, type Ref, timeoutMs } from './limits.ts'

/** @throws AppError `invalid` or `unavailable`, for a person */
export async function refsByHttp(url: string, key: Key, guard: AddressGuard): Promise<Ref[]> {
  // It loads slowly, and few servers are ever asked.
  const { default: git } = await import('isomorphic-git')
  try {
    const refs = await git.listServerRefs({
      url,
      http: guarded(guard, AbortSignal.timeout(timeoutMs)),
      protocolVersion: 1,
      onAuth: () => loginOf(key) ?? { cancel: true },
    })
    return refs.map(({ ref, oid }) => ({ ref, oid }))
  } catch (error) {
    throw faultOf(error)
  }
}

/** A key without a login is a token: it goes in both places, as hosts differ in where they look. */
function loginOf(key: Key) {
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
    return notAccepted()
  }
  if (data?.statusCode !== undefined) {
    return new AppError('invalid', `the git server answered ${data.statusCode}`)
  }
  if (code === 'SmartHttpError' || code === 'ParseError' || code === 'EmptyServerResponseError') {
    return new AppError('invalid', 'git_url: there is no git server')
  }
  const reason = name === 'TimeoutError' || name === 'AbortError' ? 'no answer' : lineOf(error)
  return notReached(reason)
}

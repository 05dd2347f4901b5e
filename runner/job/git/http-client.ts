/** How isomorphic-git speaks HTTP: who gets the credentials, and how much it may answer. */
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git'
import http from 'isomorphic-git/http/node'
import { AppError } from '../../../lib/errors.ts'

/** A connection that is silent for so long is given up, ms. */
const silence = 60_000

const mostHops = 5

/** The library holds a whole answer in the runner's memory, and more than once. */
export const maxAnswer = 256 * 1_048_576

/**
 * Redirects are followed here: the library makes a GET of a POST that meets a 301 or 302, as browsers
 * do, and so cannot fetch from a repository that was renamed. As there, a login stays with its origin.
 */
export function httpClient(signal: AbortSignal, limit = maxAnswer): HttpClient {
  return {
    async request(request) {
      let { url, headers = {} } = request
      for (let hops = 0; ; hops++) {
        const response = await once({ ...request, url, headers }, signal)
        const next = hops < mostHops ? redirection(response, url) : undefined
        if (next === undefined) return { ...response, body: capped(response, url, limit) }
        if (next.origin !== new URL(url).origin) headers = withoutLogin(headers)
        url = next.href
      }
    },
  }
}

function once(request: GitHttpRequest, signal: AbortSignal): Promise<GitHttpResponse> {
  const fetchOptions = { timeout: silence, followRedirects: false }
  return http.request({ ...request, signal, fetchOptions } as GitHttpRequest)
}

function redirection({ statusCode, headers = {} }: GitHttpResponse, url: string): URL | undefined {
  const { location } = headers
  if (statusCode < 300 || statusCode > 399 || !location) return undefined
  if (!URL.canParse(location, url)) return undefined
  const next = new URL(location, url)
  return /^https?:$/.test(next.protocol) ? next : undefined
}

function withoutLogin(headers: Record<string, string>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization')
  return Object.fromEntries(kept)
}

async function* capped(
  { body }: GitHttpResponse,
  url: string,
  limit: number,
): AsyncIterableIterator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > limit) {
      const most = `${Math.floor(limit / 1_048_576)} MiB`
      throw new AppError('repository', `${url}: more than the ${most} of the built-in git client`, {
        fix: 'set git_client to "cmd_git" on the runner',
      })
    }
    yield chunk
  }
}

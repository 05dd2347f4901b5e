/** One POST to a receiver nobody here knows: guarded, never redirected, never waited for too long. */
import http from 'node:http'
import https from 'node:https'
import type { AddressGuard } from './address-guard.ts'

export interface Answer {
  status: number
  retryAfter: string | undefined
  /** The beginning of the body, for a person: one line, at most 500 characters. */
  snippet: string
}

export interface Post {
  url: URL
  headers: Record<string, string>
  body: Buffer
}

/** Read of an answer's body at most, bytes; then the connection is closed whatever is still to come. */
const bodyLimit = 64 * 1024
const snippetLength = 500

/**
 * Agents of our own: no connection outlives its delivery, so every try is looked up and checked
 * anew; and no proxy of the environment (NODE_USE_ENV_PROXY) stands between the check and the target.
 */
const agents = {
  'http:': new http.Agent({ keepAlive: false }),
  'https:': new https.Agent({ keepAlive: false }),
}

/**
 * The status line decides: a receiver that said 200 has it, even if its answer breaks off.
 * @param signal ends the try, its reason is what it rejects with
 */
export async function post(
  { url, headers, body }: Post,
  guard: AddressGuard,
  signal: AbortSignal,
): Promise<Answer> {
  guard.check(url)
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const secure = url.protocol === 'https:'
    const request = (secure ? https : http).request(url, {
      method: 'POST',
      agent: agents[secure ? 'https:' : 'http:'],
      lookup: guard.lookup,
      headers: { ...headers, 'content-length': String(body.length) },
      signal,
    })
    request.once('response', resolve)
    request.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    request.end(body)
  })
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    snippet: await beginning(response),
  }
}

async function beginning(response: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of response) {
      parts.push(part)
      size += part.length
      if (size >= bodyLimit) break
    }
  } catch {
    // Broken off or out of time: what came is kept, and the status is known.
  }
  const text = Buffer.concat(parts).toString('utf8')
  return text
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, snippetLength)
}

/** The HTTP API of a server, as the `task` commands use it. */
import type { IncomingMessage } from 'node:http'
import { rootsWith } from '../lib/certificates.ts'
import { AppError, type ErrorCode } from '../lib/errors.ts'
import { call, open } from '../lib/http-call.ts'
import { readNamed } from '../lib/read-named.ts'

/** Flags, and the environment variables that stand in for them. */
export interface ClientFlags {
  host?: string | undefined
  token?: string | undefined
  'token-file'?: string | undefined
  'ca-file'?: string | undefined
}

export interface Client {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown, headers?: Record<string, string>): Promise<T>
  /** An answer that goes on, e.g. server-sent events. */
  stream(path: string, headers: Record<string, string>): Promise<IncomingMessage>
}

/** @throws AppError `usage` without a token */
export function createClient(flags: ClientFlags, env: NodeJS.ProcessEnv): Client {
  const host = (flags.host ?? env.OUTSTATION_HOST ?? 'https://localhost:3000').replace(/\/+$/, '')
  const caFile = flags['ca-file'] ?? env.OUTSTATION_CA_FILE
  const ca = caFile === undefined ? undefined : rootsWith(readNamed('--ca-file', caFile))
  const authorization = `Bearer ${tokenOf(flags, env)}`

  async function send<T>(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    more: Record<string, string> = {},
  ): Promise<T> {
    const headers = { authorization, ...more }
    const options = { method, url: `${host}/api${path}`, headers, body, ca }
    const { status, text } = await call({ ...options, timeoutMs: 30_000 })
    return expectOk(status, text) as T
  }
  return {
    get: (path) => send('GET', path),
    post: (path, body, headers) => send('POST', path, body, headers),
    async stream(path, headers) {
      const all = { authorization, accept: 'text/event-stream', ...headers }
      const message = await open({ method: 'GET', url: `${host}/api${path}`, headers: all, ca })
      if (message.statusCode === 200) return message
      message.destroy()
      return expectOk(message.statusCode ?? 0, '') as never
    },
  }
}

function tokenOf(flags: ClientFlags, env: NodeJS.ProcessEnv): string {
  const file = flags['token-file']
  const token =
    flags.token ?? (file === undefined ? env.OUTSTATION_TOKEN : readNamed('--token-file', file))
  if (token?.trim()) return token.trim()
  throw new AppError('usage', 'API token: expected one, got nothing', {
    fix: 'set OUTSTATION_TOKEN or give --token-file FILE; `outstation user token` makes one',
  })
}

const codes: Record<number, ErrorCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
}

function expectOk(status: number, text: string): unknown {
  const value = jsonOf(text)
  if (status >= 200 && status < 300) return value
  const said = (value as { error?: string } | undefined)?.error ?? `HTTP status ${status}`
  throw new AppError(codes[status] ?? (status < 500 ? 'invalid' : 'unavailable'), said)
}

function jsonOf(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One HTTP exchange with a server, and every way in which it can fail as one line for a person. */
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { AppError, lineOf, systemCode } from './errors.ts'

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  /** Whom to trust (`rootsWith`); undefined = the system's roots. */
  ca?: readonly string[] | undefined
  /** False only for content that a digest known beforehand proves right. */
  verify?: boolean
  /** For the whole exchange in `call`, until the answer begins in `open`; ms. */
  timeoutMs?: number
  signal?: AbortSignal | undefined
}

export interface Answer {
  status: number
  text: string
}

const mostBytes = 16 * 1024 * 1024

/** The whole answer. @throws AppError `unavailable`, or the signal's reason */
export async function call(options: Call): Promise<Answer> {
  const { timeoutMs = 10_000, signal } = options
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const message = await send(options, signal ? AbortSignal.any([limit, signal]) : limit)
    return { status: message.statusCode ?? 0, text: await textOf(message) }
  } catch (error) {
    signal?.throwIfAborted()
    throw faultOf(error, options.url, limit.aborted ? timeoutMs : undefined)
  }
}

/** The answer as it comes, for one that goes on for hours. @throws like `call` */
export async function open(options: Call): Promise<IncomingMessage> {
  const { timeoutMs = 10_000, signal } = options
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeoutMs)
  try {
    return await send(options, signal ? AbortSignal.any([late.signal, signal]) : late.signal)
  } catch (error) {
    signal?.throwIfAborted()
    throw faultOf(error, options.url, late.signal.aborted ? timeoutMs : undefined)
  } finally {
    clearTimeout(timer)
  }
}

function send(options: Call, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, url, headers, body, ca, verify = true } = options
  const text = body === undefined ? undefined : JSON.stringify(body)
  const common = {
    method,
    signal,
    agent: false as const,
    headers: {
      ...headers,
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    },
  }
  return new Promise((resolve, reject) => {
    const secure = { ...common, ...(ca && { ca: [...ca] }), rejectUnauthorized: verify }
    const request = url.startsWith('https:')
      ? secureRequest(url, secure, resolve)
      : plainRequest(url, common, resolve)
    request.once('error', reject)
    request.end(text)
  })
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of message) {
    bytes += part.length
    if (bytes > mostBytes) throw new AppError('too_large', `the answer has over ${mostBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

const unknownCa =
  'trust its CA with --ca-file FILE or --ca-fingerprint sha256:.. (the server prints it at start)'

const faults: Record<string, [message: string, fix?: string]> = {
  ECONNREFUSED: ['connection refused', 'is the server running there?'],
  ECONNRESET: ['connection closed without an answer', 'does it speak HTTPS? then write https://'],
  ENOTFOUND: ['no such host'],
  EAI_AGAIN: ['the host name cannot be looked up now'],
  EHOSTUNREACH: ['no route to that host'],
  ENETUNREACH: ['no route to that network'],
  ETIMEDOUT: ['no answer'],
  EPROTO: ['expected HTTPS, got something else', 'does it speak HTTP? then write http://'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['expected HTTPS, got HTTP', 'write http:// or switch its TLS on'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another host name', 'use that name'],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'renew it there (and check the clock here)'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'check the clock here'],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificate is by an unknown CA', unknownCa],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is by an unknown CA', unknownCa],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['its certificate is by an unknown CA', unknownCa],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['its certificate is by an unknown CA', unknownCa],
}

function faultOf(error: unknown, url: string, timeoutMs: number | undefined): AppError {
  if (error instanceof AppError) return error
  const { origin } = new URL(url)
  const [message, fix] =
    timeoutMs === undefined
      ? (faults[codeOf(error)] ?? [lineOf(error)])
      : [`no answer within ${timeoutMs / 1000} s`]
  return new AppError('unavailable', `${origin}: ${message}`, {
    cause: error,
    ...(fix === undefined ? {} : { fix }),
  })
}

/** A host with several addresses fails with an AggregateError; its first cause says it best. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return systemCode(error) ?? ''
}

/** The one place where an error becomes an answer: `{"error": "..."}`, never a stack. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { AppError, type ErrorCode } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'

export const statusOf: Record<ErrorCode, number> = {
  usage: 400,
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  reused: 422,
  too_large: 413,
  too_many: 429,
  unavailable: 503,
  config: 500,
  locked: 500,
  damaged: 500,
  tool: 500,
  repository: 500,
  internal: 500,
}

export const ErrorBody = Type.Object({ error: Type.String() })

export function errorHandler(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { status, line, retryAfterSec } = answerTo(error)
    if (retryAfterSec !== undefined) reply.header('retry-after', retryAfterSec)
    // What is unavailable says so in the log itself, once and not for each who asks.
    if (status === 500) {
      log.error('a request failed', { request: request.id, route: request.routeOptions.url, error })
    }
    return reply.status(status).send({ error: status === 500 ? `${line} (${request.id})` : line })
  }
}

export function notFoundHandler(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.status(404).send({ error: `${request.method} ${pathOf(request)}: no such address` })
}

interface Answer {
  status: number
  line: string
  retryAfterSec?: number | undefined
}

function answerTo(error: unknown): Answer {
  if (error instanceof AppError) {
    const { code, line, retryAfterSec } = error
    return { status: statusOf[code], line, retryAfterSec }
  }
  const { statusCode = 500, message } = error as FastifyError
  // Fastify's own refusals: broken JSON, a body over the limit, an unknown content type.
  if (statusCode < 500) return { status: statusCode, line: message }
  return { status: 500, line: "a fault of this server; its log names it under this request's id" }
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

/** The HTTP server: one hook for who may, one handler for what went wrong, and the routes. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import cookie from '@fastify/cookie'
import Fastify, { errorCodes, type FastifyHttpsOptions } from 'fastify'
import { AppError, systemCode } from '../../lib/errors.ts'
import { CleanupStack } from '../../lib/stack.ts'
import { authorize, expectAccess } from './access.ts'
import type { App } from './app.ts'
import type { HttpContext } from './context.ts'
import { errorHandler } from './errors.ts'
import { answerWithEtag } from './etag.ts'
import { securityHeaders } from './headers.ts'
import { createMqttSocket } from './mqtt-socket.ts'
import { describeApi } from './openapi.ts'
import { Resources } from './resources.ts'
import { routes } from './routes/index.ts'
import { servePages } from './serve-pages.ts'
import { takeUpgrades } from './upgrades.ts'
import { validatorCompiler } from './validate.ts'

export interface HttpServer {
  port: number
  server: Server
  /** Ends live logs and MQTT sockets, lets answers under way finish, stops listening. Idempotent. */
  close(): Promise<void>
}

/** A static inventory of 5,000 hosts is 2 MB. */
const bodyLimit = 4 * 1024 * 1024

/** @throws AppError `locked` if the port is taken */
export async function startHttp(context: HttpContext): Promise<HttpServer> {
  const app = await createApp(context)
  const { config } = context
  const stack = new CleanupStack()
  stack.defer(() => closeApp(app))
  try {
    await app.listen({ port: config.port, host: config.interface })
  } catch (error) {
    await stack.close()
    if (systemCode(error) !== 'EADDRINUSE') throw error
    throw new AppError('locked', `port ${config.port}: another program listens on it`, {
      fix: 'end that program or set another "port"',
      cause: error,
    })
  }
  takeUpgrades(app, stack.use(createMqttSocket(context)))
  const { port } = app.server.address() as AddressInfo
  return { port, server: app.server, close: () => stack.close() }
}

/** Answers under way get this long; a download that nobody reads must not keep the server from ending. */
const closeMs = 5000

async function closeApp(app: App): Promise<void> {
  const deadline = setTimeout(() => app.server.closeAllConnections(), closeMs)
  await app.close()
  clearTimeout(deadline)
}

/** The application, not yet listening. */
export async function createApp(context: HttpContext): Promise<App> {
  const { tls, log, version } = context
  const app = Fastify({
    ...(tls && ({ https: { ...tls, minVersion: 'TLSv1.2' } } as FastifyHttpsOptions<never>)),
    bodyLimit,
    requestTimeout: 30_000,
    routerOptions: { ignoreTrailingSlash: true },
  }) as unknown as App
  app.setValidatorCompiler(validatorCompiler)
  app.setErrorHandler(errorHandler(log))
  app.decorate('resources', new Resources())
  app.decorateRequest('actor', null)
  app.decorateRequest('project', null)
  app.addHook('onRoute', expectAccess)
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders)
  })
  await app.register(cookie)
  acceptJson(app)
  app.addHook('onRequest', authorize(context))
  app.addHook('onSend', answerWithEtag)
  app.addHook(
    'onResponse',
    async ({ method, routeOptions: { url } }, { statusCode, elapsedTime }) => {
      log.debug('a request was answered', {
        method,
        url,
        status: statusCode,
        ms: Math.round(elapsedTime),
      })
    },
  )
  await describeApi(app, version)
  for (const add of routes) add(app, context)
  servePages(app, context.pages)
  await app.ready()
  return app
}

/**
 * JSON only. Semaphore's clients POST without a body, or an empty one that they call JSON: both are `{}`. Scripts that
 * do not say what they send are said to send a form, by curl and by Python: that is JSON, too, unless a page sends it.
 */
function acceptJson(app: App): void {
  app.removeContentTypeParser('text/plain')
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, {})
    void parse(request, body as string, done)
  })
  const form = 'application/x-www-form-urlencoded'
  app.addContentTypeParser(form, { parseAs: 'string' }, (request, body, done) => {
    const { origin, 'sec-fetch-site': site } = request.headers
    const isJson = /^\s*{/.test(body as string) && origin === undefined && site === undefined
    if (isJson) return void parse(request, body as string, done)
    done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(form))
  })
  app.addHook('preValidation', async (request) => {
    request.body ??= {}
  })
}

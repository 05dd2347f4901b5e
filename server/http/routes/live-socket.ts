import type { FastifyRequest } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'
import { AppError } from '../../../lib/errors.ts'
import { followAllTasks, type TaskNews } from '../../feed/all-tasks.ts'
import { findRole } from '../../store/project-users.ts'
import { actorOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { iso, isoOrNull } from '../fields.ts'
import { sendWithin } from '../send-within.ts'
import { acceptUpgrade } from '../upgrades.ts'
import { whileAllowed } from '../while-allowed.ts'

/** Why the server ends a connection: going away; not allowed (any more); too slow. */
const codes = { closing: 1001, refused: 1008, slow: 1013 } as const
/** Of one user; a browser has one for each open page. */
const mostOfUser = 50
const beatMs = 30_000
/** A viewer that does not take one message in this time is dropped. */
const stallMs = 30_000

/** Semaphore's WebSocket: every status and every line of the tasks that its user may see. */
export function liveSocketRoutes(app: App, context: HttpContext): void {
  const sockets = new WebSocketServer({
    noServer: true,
    // Nobody has anything to say here.
    maxPayload: 1024,
    perMessageDeflate: false,
  })
  const closing = new AbortController()
  const open = new Map<number, number>()
  app.addHook('preClose', async () => closing.abort())

  app.get(
    '/api/ws',
    {
      config: { access: 'user' },
      exposeHeadRoute: false,
      schema: {
        tags: ['task'],
        summary:
          'A WebSocket: each status and each line of the tasks that you may see, as they come',
      },
    },
    async (request, reply) => {
      const { id } = actorOf(request)
      const count = open.get(id) ?? 0
      if (count >= mostOfUser) {
        throw new AppError('too_many', `${count} such connections of yours are open`)
      }
      const socket = await acceptUpgrade(sockets, request, reply)
      open.set(id, (open.get(id) ?? 0) + 1)
      socket.once('close', () => {
        const left = (open.get(id) ?? 1) - 1
        if (left > 0) open.set(id, left)
        else open.delete(id)
      })
      await tell(socket, request, { context, closing: closing.signal })
    },
  )
}

async function tell(
  socket: WebSocket,
  request: FastifyRequest,
  { context, closing }: { context: HttpContext; closing: AbortSignal },
): Promise<void> {
  const { store, clock, log } = context
  const left = new AbortController()
  socket.once('close', () => left.abort())
  socket.on('error', () => socket.terminate())
  const allowed = whileAllowed(context, request, AbortSignal.any([left.signal, closing]))
  allowed.addEventListener('abort', () => {
    socket.close(closing.aborted ? codes.closing : codes.refused)
  })
  beat(socket, context, allowed)
  const { id, admin } = actorOf(request)
  const mayRead = async (project: number) =>
    admin || (await findRole(store.read, project, id)) !== undefined
  try {
    for await (const news of followAllTasks(store, mayRead, allowed)) {
      const text = JSON.stringify(message(news))
      if (await sendWithin(socket, text, { clock, ms: stallMs, signal: allowed })) continue
      // The rest of what it was sent is dropped with it, if it does not read even its end.
      socket.close(allowed.aborted ? undefined : codes.slow)
      return
    }
  } catch (error) {
    log.error('a live view failed', { route: '/api/ws', error })
    socket.terminate()
  }
}

/** Ends a connection whose far side is gone without a word. */
function beat(socket: WebSocket, { clock }: HttpContext, signal: AbortSignal): void {
  let heard = true
  socket.on('pong', () => {
    heard = true
  })
  void (async () => {
    while (!signal.aborted) {
      await clock.sleep(beatMs, signal).catch(() => {})
      if (signal.aborted) return
      if (!heard) return socket.terminate()
      heard = false
      socket.ping()
    }
  })()
}

/** In Semaphore's words. */
function message(news: TaskNews): object {
  const { id: task_id, project_id, template_id, start, end, version } = news.task
  if (news.kind === 'log') {
    const { at, line } = news
    return { type: 'log', output: line, time: iso(at), task_id, project_id }
  }
  return {
    type: 'update',
    task_id,
    template_id,
    project_id,
    status: news.status,
    start: isoOrNull(start),
    end: isoOrNull(end),
    version,
  }
}

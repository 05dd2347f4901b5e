/** Server-sent events to one viewer, as the HTML standard writes them. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import type { HttpContext } from './context.ts'
import { whileAllowed } from './while-allowed.ts'

export interface ServerEvent {
  event: string
  /** What the browser sends back as Last-Event-ID when it reconnects. */
  id?: string
  data: unknown
}

export interface StreamOptions {
  /** Aborted when the viewer leaves or the server closes. */
  signal: AbortSignal
  clock: Clock
  /** A comment goes out this often, so that proxies do not take silence for death. */
  beatMs?: number
  /** A viewer that does not take one buffer (16 KB) in this time is dropped. */
  stallMs?: number
}

/**
 * Answers with the events of `make`, whose signal aborts when the viewer leaves or may see no more, or
 * `closing` does.
 * Whatever can be refused has to be refused before: from here on the answer is a 200.
 */
export async function streamEvents(
  reply: FastifyReply,
  { context, closing }: { context: HttpContext; closing: AbortSignal },
  make: (signal: AbortSignal) => AsyncIterable<ServerEvent>,
): Promise<void> {
  const left = new AbortController()
  const response = reply.hijack().raw
  response.once('close', () => left.abort())
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    // nginx would hold the events back until its buffer is full.
    'x-accel-buffering': 'no',
  })
  const signal = whileAllowed(context, reply.request, AbortSignal.any([left.signal, closing]))
  await sendEvents(response, make(signal), { signal, clock: context.clock }).catch((error) =>
    context.log.error('a live view failed', { route: reply.request.routeOptions.url, error }),
  )
}

/**
 * Writes events at the viewer's own pace: the next one is asked for when the last was taken, so a
 * viewer costs one buffer at most. Resolves when all is sent or the viewer is gone.
 */
export async function sendEvents(
  response: ServerResponse,
  events: AsyncIterable<ServerEvent>,
  { signal, clock, beatMs = 15_000, stallMs = 60_000 }: StreamOptions,
): Promise<void> {
  const beat = setInterval(() => {
    if (!response.writableNeedDrain && !response.writableEnded) response.write(':\n\n')
  }, beatMs)
  try {
    response.write('retry: 2000\n\n')
    for await (const event of events) {
      if (response.write(textOf(event))) continue
      if (!(await happens(response, 'drain', { clock, withinMs: stallMs, signal }))) return
    }
    response.end()
    // The last bytes have as long as all others: a viewer may stall here too.
    if (!response.closed) await happens(response, 'close', { clock, withinMs: stallMs })
  } finally {
    clearInterval(beat)
    if (!response.writableFinished) response.destroy()
  }
}

/** False if `signal` aborts or the time is over before the response emits `event`. */
async function happens(
  response: ServerResponse,
  event: 'drain' | 'close',
  { clock, withinMs, signal }: { clock: Clock; withinMs: number; signal?: AbortSignal },
): Promise<boolean> {
  const settled = new AbortController()
  const either = signal ? AbortSignal.any([signal, settled.signal]) : settled.signal
  const no = () => false
  try {
    return await Promise.race([
      once(response, event, { signal: either }).then(() => true, no),
      clock.sleep(withinMs, either).then(no, no),
    ])
  } finally {
    settled.abort()
  }
}

/** JSON has no line breaks of its own, so one data line is enough. */
function textOf({ event, id, data }: ServerEvent): string {
  const head = id === undefined ? '' : `id: ${id}\n`
  return `${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

import type { FastifyRequest } from 'fastify'
import type { BrokerCounts } from '../../../broker/embedded/tally.ts'
import { AppError } from '../../../lib/errors.ts'
import { equalDigests, sha256hex } from '../../../lib/ids.ts'
import {
  openTaskCounts,
  pendingDeliveries,
  runnerCounts,
  waitingSince,
} from '../../store/status-counts.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { type Family, metricsText } from '../metrics-text.ts'

/** For Prometheus, where `metrics.enabled` says so; `/api/metrics` is Semaphore's path. */
export function metricsRoutes(app: App, context: HttpContext): void {
  for (const path of ['/metrics', '/api/metrics']) {
    app.get(
      path,
      {
        config: { access: 'public' },
        schema: { tags: ['system'], summary: 'Numbers for Prometheus (metrics.enabled)' },
      },
      async (request, reply) => {
        expectReader(context, request)
        const text = metricsText(await familiesOf(context))
        return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text)
      },
    )
  }
}

/** @throws AppError `not_found` where it is off, `unauthenticated` for whoever has not its password */
function expectReader({ config: { metrics } }: HttpContext, { headers }: FastifyRequest): void {
  if (!metrics.enabled) {
    throw new AppError('not_found', 'metrics are off', { fix: 'set metrics.enabled' })
  }
  const { username = '', password } = metrics
  if (password === undefined) return
  const wanted = Buffer.from(`${username}:${password}`).toString('base64')
  const given = String(headers.authorization).replace(/^Basic /i, '')
  if (equalDigests(sha256hex(given), sha256hex(wanted))) return
  throw new AppError('unauthenticated', 'metrics: expected their username and password (Basic)')
}

async function familiesOf(context: HttpContext) {
  const { store, clock, counters, ready, version, brokerCounts } = context
  const [tasks, since, runners, pending] = await Promise.all([
    openTaskCounts(store.read),
    waitingSince(store.read),
    runnerCounts(store.read),
    pendingDeliveries(store.read),
  ])
  const queueSec = since === undefined ? 0 : Math.max(0, clock.now() - since) / 1000
  const gauge = { type: 'gauge' } as const
  const now: Family[] = [
    {
      ...gauge,
      name: 'info',
      help: 'The version that runs',
      label: 'version',
      samples: [[version, 1]],
    },
    {
      ...gauge,
      name: 'ready',
      help: '1 while tasks are taken',
      samples: [['', ready().length ? 0 : 1]],
    },
    {
      ...gauge,
      name: 'tasks',
      help: 'Tasks that are not over',
      label: 'status',
      samples: [...tasks],
    },
    {
      ...gauge,
      name: 'queue_age_seconds',
      help: 'How long the first waiting task waits',
      samples: [['', queueSec]],
    },
    { ...gauge, name: 'runners', help: 'Runners', label: 'state', samples: [...runners] },
    {
      ...gauge,
      name: 'webhooks_pending',
      help: 'Deliveries that are still to be made',
      samples: [['', pending]],
    },
  ]
  const counted = counterFamilies.map(
    ({ name, help, label }): Family => ({
      ...{ type: 'counter', name, help, label },
      samples: counters.of(name),
    }),
  )
  return [...now, ...counted, ...(brokerCounts ? doorFamilies(brokerCounts()) : [])]
}

/** At the doors of the embedded broker. An external one has metrics of its own. */
function doorFamilies(counts: BrokerCounts): Family[] {
  const { connections, accepted, refused, bytesIn, bytesOut } = counts
  return [
    {
      name: 'broker_connections',
      help: 'Connections of runners to the embedded broker',
      type: 'gauge',
      samples: [['', connections]],
    },
    {
      name: 'broker_connects_total',
      help: 'Connections that were let in, and those that were not',
      type: 'counter',
      label: 'outcome',
      samples: [
        ['accepted', accepted],
        ['refused', refused],
      ],
    },
    {
      name: 'broker_connection_bytes_total',
      help: 'Bytes of these connections, of MQTT itself too, without those of TLS',
      type: 'counter',
      label: 'direction',
      samples: [
        ['in', bytesIn],
        ['out', bytesOut],
      ],
    },
  ]
}

const counterFamilies = [
  { name: 'tasks_finished_total', help: 'Tasks that ended since the start', label: 'status' },
  { name: 'webhook_tries_total', help: 'What came of each try of a webhook', label: 'outcome' },
  { name: 'broker_messages_received_total', help: 'Messages of runners', label: 'channel' },
  {
    name: 'broker_bytes_received_total',
    help: 'Their bytes; of logs compressed',
    label: 'channel',
  },
  { name: 'broker_messages_sent_total', help: 'Messages to runners', label: 'channel' },
  { name: 'broker_bytes_sent_total', help: 'Their bytes', label: 'channel' },
]

import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { type DeliveryRow, enqueueTest, listDeliveries, redeliver } from '../../store/deliveries.ts'
import type { WebhookRow } from '../../store/webhooks.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Count, Id, iso, isoOrNull, Nullable, Text, Time } from '../fields.ts'
import { linkNext, pageQuery } from '../paging.ts'
import { recorder } from '../record.ts'
import { existingWebhook, WebhookPath } from './webhooks.ts'

const View = Type.Object({
  id: Id,
  /** The webhook-id header that the receiver sees, the same at every try. */
  message_id: Text,
  event: Text,
  task_id: Nullable(Id),
  state: Type.Enum(['pending', 'delivered', 'failed']),
  tries: Count,
  next_try: Nullable(Time),
  /** HTTP status of the last answer; null if there was no answer. */
  last_status: Nullable(Type.Integer()),
  last_error: Nullable(Text),
  /** The beginning of the last answer's body. */
  last_answer: Nullable(Text),
  created: Time,
  finished: Nullable(Time),
})
const Query = Type.Object(pageQuery(1000))
const DeliveryPath = Type.Object({ project_id: Id, webhook_id: Id, delivery_id: Id })
const RunnerPath = Type.Object({ runner_id: Id })
const tags = ['webhooks']
const manage = { access: 'project:manage' } as const
const webhook = '/api/project/:project_id/webhooks/:webhook_id'

/** What was sent to a webhook, what came of it, and sending it again. */
export function webhookDeliveryRoutes(app: App, context: HttpContext): void {
  const { store, clock } = context
  const record = recorder(context)
  type Of = Parameters<typeof listDeliveries>[1]
  const list = async (of: Of, request: FastifyRequest, reply: FastifyReply) => {
    const { before, limit = 100 } = request.query as Type.Static<typeof Query>
    const rows = await listDeliveries(store.read, of, { before, limit })
    linkNext(request, reply, { rows, limit })
    return rows.map(viewOf)
  }

  app.get(
    `${webhook}/deliveries`,
    {
      config: manage,
      schema: {
        tags,
        summary: 'What was sent to a webhook, newest first; 100 unless "limit" says otherwise',
        params: WebhookPath,
        querystring: Query,
        response: { 200: Type.Array(View) },
      },
    },
    async (request, reply) => {
      const { id } = await existingWebhook(store.read, request.params)
      return await list({ webhook_id: id }, request, reply)
    },
  )

  app.post(
    `${webhook}/deliveries/:delivery_id/redeliver`,
    {
      config: manage,
      schema: {
        tags,
        summary: 'Send a message again, with the same id',
        params: DeliveryPath,
        response: { 202: View },
      },
    },
    async (request, reply) => {
      const { delivery_id } = request.params
      const row = await store.commit(async (tx) => {
        const { id, name } = expectOn(await existingWebhook(tx.db, request.params))
        const sent = await redeliver(tx, id, delivery_id, clock.now())
        const done = `told to send ${delivery_id} again`
        if (sent) await record(tx, request, { type: 'webhook', id, name, done })
        return sent
      })
      if (row === undefined) {
        throw new AppError('not_found', `delivery ${delivery_id}: not found`)
      }
      return reply.status(202).send(viewOf(row))
    },
  )

  app.post(
    `${webhook}/test`,
    {
      config: manage,
      schema: {
        tags,
        summary: 'Send a message of type webhook.test, once',
        params: WebhookPath,
        response: { 202: View },
      },
    },
    async (request, reply) => {
      const row = await store.commit(async (tx) => {
        const webhook = expectOn(await existingWebhook(tx.db, request.params))
        const { id, name } = webhook
        await record(tx, request, { type: 'webhook', id, name, done: 'tested' })
        return await enqueueTest(tx, webhook, clock.now())
      })
      return reply.status(202).send(viewOf(row))
    },
  )

  app.get(
    '/api/runners/:runner_id/deliveries',
    {
      config: { access: 'admin' },
      schema: {
        tags,
        summary: "What was sent to a runner's own webhook, newest first",
        params: RunnerPath,
        querystring: Query,
        response: { 200: Type.Array(View) },
      },
    },
    async (request, reply) => await list({ runner_id: request.params.runner_id }, request, reply),
  )
}

/** Nothing is sent to a webhook that is off, so nothing may wait for it either. */
function expectOn(row: WebhookRow): WebhookRow {
  if (row.active) return row
  throw new AppError('conflict', `webhook ${row.id} is switched off`, {
    fix: 'switch it on first: PUT {"active": true}',
  })
}

function viewOf(row: DeliveryRow): Type.Static<typeof View> {
  return {
    ...row,
    next_try: isoOrNull(row.next_try),
    created: iso(row.created),
    finished: isoOrNull(row.finished),
  }
}

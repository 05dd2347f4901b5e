import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { addressGuard } from '../../feed/webhooks/address-guard.ts'
import { checkWebhookSecret, newWebhookSecret } from '../../feed/webhooks/secret.ts'
import { checkTarget } from '../../feed/webhooks/target.ts'
import type { Tx } from '../../store/commit.ts'
import type { Knex } from '../../store/owned.ts'
import {
  deleteWebhook,
  findWebhook,
  insertWebhook,
  listWebhooks,
  updateWebhook,
  type WebhookRow,
  webhookEvents,
  webhookPurpose,
} from '../../store/webhooks.ts'
import { projectOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { expectSameIds, Id, iso, Maybe, Name, Nullable, PathIds, Text, Time } from '../fields.ts'
import { recorder } from '../record.ts'

const Url = Type.String({ minLength: 1, maxLength: 4096 })
const Events = Type.Array(Type.Enum([...webhookEvents]), { minItems: 1, uniqueItems: true })
const optional = {
  /** All there are, if left out at creation. */
  events: Maybe(Events),
  /** One is made if it is left out at creation; an update without it leaves it alone. */
  secret: Maybe(Text),
  active: Maybe(Type.Boolean()),
}
const NewBody = Type.Object({ ...PathIds, name: Name, url: Url, ...optional })
const ChangeBody = Type.Object({ ...PathIds, name: Maybe(Name), url: Maybe(Url), ...optional })
const fields = {
  id: Id,
  project_id: Id,
  name: Name,
  url: Url,
  events: Events,
  active: Type.Boolean(),
  /** Why the server switched it off. */
  disabled_reason: Nullable(Text),
  created: Time,
}
const View = Type.Object(fields)
const WithSecret = Type.Object({ ...fields, secret: Text })
export const WebhookPath = Type.Object({ project_id: Id, webhook_id: Id })
const tags = ['webhooks']
const type = 'webhook'
/** Also for reading: the addresses of many chat services are secrets themselves. */
const manage = { access: 'project:manage' } as const
const all = '/api/project/:project_id/webhooks'
const one = `${all}/:webhook_id`

export function webhookRoutes(app: App, context: HttpContext): void {
  const { store, cipher, clock, config } = context
  const record = recorder(context)
  const guard = addressGuard({ allowPrivate: config.webhooks.allow_private_addresses })

  app.get(
    all,
    {
      config: manage,
      schema: { tags, summary: 'List: webhooks', response: { 200: Type.Array(View) } },
    },
    async (request) => (await listWebhooks(store.read, projectOf(request).id)).map(viewOf),
  )

  app.post(
    all,
    {
      config: manage,
      schema: {
        tags,
        summary: 'Create: webhook; its secret is shown this once',
        body: NewBody,
        response: { 201: WithSecret },
      },
    },
    async (request, reply) => {
      const project_id = projectOf(request).id
      expectSameIds(request.body, { project_id })
      const { name, url, events, active } = request.body
      const secret = request.body.secret || newWebhookSecret()
      checkWebhookSecret(secret)
      checkTarget(url, guard)
      const row = await store.commit(async (tx) => {
        await expectRoom(tx, project_id, config.webhooks.max_per_project)
        const row = await insertWebhook(tx, {
          project_id,
          name,
          url,
          events: events ?? [...webhookEvents],
          secret: cipher.seal(webhookPurpose(project_id), secret),
          active: active ?? true,
          created: clock.now(),
        })
        await record(tx, request, { type, id: row.id, name, done: 'created' })
        return row
      })
      return reply.status(201).send({ ...viewOf(row), secret })
    },
  )

  app.get(
    one,
    {
      config: manage,
      schema: { tags, summary: 'Get: webhook', params: WebhookPath, response: { 200: View } },
    },
    async (request) => viewOf(await existingWebhook(store.read, request.params)),
  )

  app.put(
    one,
    {
      config: manage,
      schema: {
        tags,
        summary: 'Update: webhook; what is left out stays as it is',
        params: WebhookPath,
        body: ChangeBody,
      },
    },
    async (request, reply) => {
      const { project_id, webhook_id: id } = request.params
      expectSameIds(request.body, { id, project_id })
      const { name, url, events, secret, active } = request.body
      if (url != null) checkTarget(url, guard)
      if (secret) checkWebhookSecret(secret)
      const change = {
        ...(name != null && { name }),
        ...(url != null && { url }),
        ...(events != null && { events }),
        ...(active != null && { active }),
        ...(secret && { secret: cipher.seal(webhookPurpose(project_id), secret) }),
      }
      await store.commit(async (tx) => {
        const { name: before } = await existingWebhook(tx.db, request.params)
        await updateWebhook(tx, id, change, clock.now())
        await record(tx, request, { type, id, name: name ?? before, done: 'changed' })
      })
      return reply.status(204).send()
    },
  )

  app.delete(
    one,
    { config: manage, schema: { tags, summary: 'Delete: webhook', params: WebhookPath } },
    async (request, reply) => {
      await store.commit(async (tx) => {
        const { id, name } = await existingWebhook(tx.db, request.params)
        await deleteWebhook(tx, id)
        await record(tx, request, { type, id, name, done: 'deleted' })
      })
      return reply.status(204).send()
    },
  )
}

/** @throws AppError `not_found`, also for one of another project. */
export async function existingWebhook(
  db: Knex,
  { project_id, webhook_id }: Type.Static<typeof WebhookPath>,
): Promise<WebhookRow> {
  const row = await findWebhook(db, project_id, webhook_id)
  if (row === undefined) throw new AppError('not_found', `webhook ${webhook_id}: not found`)
  return row
}

/** @param most config webhooks.max_per_project, 0 = no limit */
async function expectRoom(tx: Tx, project_id: number, most: number): Promise<void> {
  const count = (await listWebhooks(tx.db, project_id)).length
  if (most === 0 || count < most) return
  throw new AppError('conflict', `expected at most ${most} webhooks in a project, got one more`, {
    fix: 'delete one, or raise webhooks.max_per_project in the server configuration',
  })
}

function viewOf({ secret: _secret, ...row }: WebhookRow): Type.Static<typeof View> {
  return { ...row, created: iso(row.created) }
}

import Type from 'typebox'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Text } from '../fields.ts'
import { recorder } from '../record.ts'

const tags = ['runner']
const admin = { access: 'admin' } as const
const View = Type.Object({ id: Text, key: Text, replaced: Type.Integer() })

/** The key by which runners know this server. */
export function signingKeyRoutes(app: App, context: HttpContext): void {
  const { signing, store, log } = context
  const record = recorder(context)
  const view = () => ({ id: signing.id, key: signing.public, replaced: signing.via.length })

  app.get(
    '/api/signing-key',
    {
      config: admin,
      schema: { tags, summary: 'What this server signs with', response: { 200: View } },
    },
    async () => view(),
  )

  app.post(
    '/api/signing-key',
    {
      config: admin,
      schema: {
        tags,
        summary: 'Sign with a new key from now on; runners follow by themselves',
        response: { 201: View },
      },
    },
    async (request, reply) => {
      const before = signing.id
      // Its file is no part of the transaction: what is told has been asked for, at least.
      const deed = { type: 'signing key', id: null, name: before, done: 'replaced' }
      await store.commit((tx) => record(tx, request, deed))
      signing.replace()
      log.info('signing key replaced', { before, now: signing.id })
      return reply.status(201).send(view())
    },
  )
}

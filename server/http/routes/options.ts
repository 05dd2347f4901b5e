import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { listOptions, putOption } from '../../store/options.ts'
import { actorOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { recorder } from '../record.ts'

const Key = Type.String({ maxLength: 255, pattern: '^[A-Za-z0-9_.-]+$' })
const Option = Type.Object({ key: Key, value: Type.String({ maxLength: 10_000 }) })
const View = Type.Record(Type.String(), Type.String())
/** What a user may keep here: a text each, which only the user's own browser reads. */
const ofUsers: readonly string[] = ['nav.unpinnedItems']
const tags = ['options']

/** Small settings, by name: those of the server, and each user's own. */
export function optionRoutes(app: App, context: HttpContext): void {
  const { store } = context
  const record = recorder(context)

  app.get(
    '/api/options',
    {
      config: { access: 'admin' },
      schema: { tags, summary: 'Options of the server, by name', response: { 200: View } },
    },
    async () => await listOptions(store.read, null),
  )

  app.post(
    '/api/options',
    {
      config: { access: 'admin' },
      schema: {
        tags,
        summary: 'Set an option of the server',
        body: Option,
        response: { 200: Option },
      },
    },
    async (request) => {
      const { key, value } = request.body
      await store.commit(async (tx) => {
        await putOption(tx, null, key, value)
        await record(tx, request, { type: 'option', id: null, name: key, done: 'set' })
      })
      return { key, value }
    },
  )

  app.get(
    '/api/user/options',
    {
      config: { access: 'user' },
      schema: { tags, summary: 'Your options, by name', response: { 200: View } },
    },
    async (request) => await listOptions(store.read, actorOf(request).id),
  )

  app.post(
    '/api/user/options',
    {
      config: { access: 'user' },
      schema: { tags, summary: 'Set an option of yours', body: Option, response: { 200: Option } },
    },
    async (request) => {
      const { key, value } = request.body
      if (!ofUsers.includes(key)) {
        throw new AppError('invalid', `key: expected ${ofUsers.join(' or ')}, got ${key}`)
      }
      await store.commit(async (tx) => {
        await putOption(tx, actorOf(request).id, key, value)
        const done = 'set, for its user alone'
        await record(tx, request, { type: 'option', id: null, name: key, done })
      })
      return { key, value }
    },
  )
}

import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { appKey } from '../../store/app-switches.ts'
import type { Tx } from '../../store/commit.ts'
import { deleteOptions, putOption } from '../../store/options.ts'
import type { App } from '../app.ts'
import { type AppRow, AppSettings, listApps } from '../apps.ts'
import type { HttpContext } from '../context.ts'
import { Maybe, Text } from '../fields.ts'
import { recorder } from '../record.ts'

const AppId = Type.String({ maxLength: 64, pattern: '^[a-z0-9_-]+$' })
const AppPath = Type.Object({ app_id: AppId })
const View = Type.Object({ id: AppId, ...AppSettings.properties })
const Body = Type.Object({
  ...Type.Partial(AppSettings).properties,
  path: Maybe(Text),
  args: Maybe(Type.Array(Text)),
})
const tags = ['apps']
const type = 'app'
const admin = { access: 'admin' } as const
const one = '/api/apps/:app_id'

export function appRoutes(app: App, context: HttpContext): void {
  const { store, config } = context
  const record = recorder(context)

  app.get(
    '/api/apps',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Apps that templates may name',
        response: { 200: Type.Array(View) },
      },
    },
    async () => await listApps(store.read, config),
  )

  app.get(
    one,
    {
      config: admin,
      schema: { tags, summary: 'Get an app', params: AppPath, response: { 200: View } },
    },
    async (request) => await existing(request.params.app_id),
  )

  app.put(
    one,
    {
      config: admin,
      schema: {
        tags,
        summary: 'How an app is shown, and whether it may run',
        params: AppPath,
        body: Body,
      },
    },
    async (request, reply) => {
      const { path, args, ...settings } = request.body
      if (path || (args && args.length > 0)) {
        throw new AppError('invalid', `${path ? 'path' : 'args'}: expected nothing here`, {
          fix: "which program runs is for each runner to say: apps.NAME in the runner's configuration",
        })
      }
      const { app_id: name } = request.params
      await store.commit(async (tx) => {
        await put(tx, name, settings)
        await record(tx, request, { type, id: null, name, done: 'changed' })
      })
      return reply.status(204).send()
    },
  )

  app.post(
    `${one}/active`,
    {
      config: admin,
      schema: {
        tags,
        summary: 'Whether tasks of an app may start',
        params: AppPath,
        body: Type.Pick(AppSettings, ['active']),
      },
    },
    async (request, reply) => {
      const { id } = await existing(request.params.app_id)
      const { active } = request.body
      await store.commit(async (tx) => {
        await put(tx, id, { active })
        const done = active ? 'switched on' : 'switched off'
        await record(tx, request, { type, id: null, name: id, done })
      })
      return reply.status(204).send()
    },
  )

  app.delete(
    one,
    {
      config: admin,
      schema: { tags, summary: 'Back to what an app is by itself', params: AppPath },
    },
    async (request, reply) => {
      const { id } = await existing(request.params.app_id)
      const keys = Object.keys(AppSettings.properties).map((field) => appKey(id, field))
      await store.commit(async (tx) => {
        await deleteOptions(tx, null, keys)
        await record(tx, request, { type, id: null, name: id, done: 'reset' })
      })
      return reply.status(204).send()
    },
  )

  async function existing(id: string): Promise<AppRow> {
    const found = (await listApps(store.read, config)).find((one) => one.id === id)
    if (found) return found
    throw new AppError('not_found', `app ${id}: not found`)
  }
}

async function put(tx: Tx, id: string, settings: Partial<AppSettings>): Promise<void> {
  for (const [field, value] of Object.entries(settings)) {
    await putOption(tx, null, appKey(id, field), String(value))
  }
}

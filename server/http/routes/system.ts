import { AppError, lineOf } from '../../../lib/errors.ts'
import { isInReview } from '../../store/reviews.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'

const tags = ['system']
const open = { access: 'public' } as const

/** The server about itself. */
export function systemRoutes(app: App, context: HttpContext): void {
  const { config, version, caPem } = context

  app.get(
    '/api/ping',
    { config: open, schema: { tags, summary: 'Answers pong' } },
    async (_, reply) => reply.type('text/plain; charset=utf-8').send('pong'),
  )

  app.get(
    '/api/info',
    { config: { access: 'user' }, schema: { tags, summary: 'Version and settings' } },
    async () => ({
      version,
      ansible: '',
      web_host: config.web_host,
      use_remote_runner: config.use_remote_runner,
      auth_methods: {},
      git_client: config.git_client,
      schedule_timezone: config.schedule.timezone,
      features: {},
      review: await isInReview(context.store.read),
    }),
  )

  app.get(
    '/healthz',
    { config: open, schema: { tags, summary: 'The process answers' } },
    async () => ({ status: 'ok' }),
  )

  app.get(
    '/readyz',
    {
      config: open,
      schema: {
        tags,
        summary: 'Tasks are taken: the database can be written, the broker is there',
      },
    },
    async () => {
      const away = [await databaseTrouble(context), ...context.ready()].filter(Boolean)
      if (away.length > 0) throw new AppError('unavailable', away.join('; '), { retryAfterSec: 5 })
      return { status: 'ok' }
    },
  )

  app.get(
    '/ca.pem',
    { config: open, schema: { tags, summary: 'The CA that runners trust' } },
    async (_, reply) => {
      if (caPem === undefined) {
        throw new AppError('not_found', 'this server uses a certificate of its own CA or none', {
          fix: 'ask its operator which CA to trust',
        })
      }
      return reply.type('application/x-pem-file').send(caPem)
    },
  )
}

async function databaseTrouble({ store }: HttpContext): Promise<string | undefined> {
  try {
    await store.read.raw('select 1')
  } catch (error) {
    return `the database cannot be read: ${lineOf(error)}`
  }
  return (await store.look())?.line
}

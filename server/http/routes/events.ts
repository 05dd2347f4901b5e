import { followNews, type News } from '../../feed/news.ts'
import type { Knex } from '../../store/owned.ts'
import { listProjectsOf } from '../../store/projects.ts'
import { findUser } from '../../store/users.ts'
import { actorOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { type ServerEvent, streamEvents } from '../event-stream.ts'

/** A busy server tells each viewer this often what to look at again. */
const everyMs = 300

/** What changes, for whoever has lists open. */
export function eventRoutes(app: App, context: HttpContext): void {
  const { store, clock } = context
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  app.get(
    '/api/events',
    {
      config: { access: 'user' },
      exposeHeadRoute: false,
      schema: {
        tags: ['system'],
        summary: 'Live: a server-sent event "changes" names tasks and runners to look at again',
      },
    },
    async (request, reply) => {
      const { id } = actorOf(request)
      const sleep = (ms: number, signal: AbortSignal) => clock.sleep(ms, signal)
      await streamEvents(reply, { context, closing: closing.signal }, (signal) => {
        return changesFor(store.read, id, followNews(store, { everyMs, sleep }, signal))
      })
    },
  )
}

/** Only what the user may see at that moment; ends when there is no such user any more. */
async function* changesFor(
  db: Knex,
  id: number,
  all: AsyncIterable<News>,
): AsyncGenerator<ServerEvent> {
  for await (const { tasks, runners } of all) {
    const user = await findUser(db, id)
    if (user === undefined) return
    const visible = user.admin ? undefined : await projectsOf(db, id)
    const data = {
      tasks: [...tasks]
        .filter(([project_id]) => visible?.has(project_id) ?? true)
        .flatMap(([project_id, ids]) => [...ids].map((id) => ({ id, project_id }))),
      // Who may not list runners still sees them at work: a task names its runner.
      runners: user.admin ? [...runners].map((id) => ({ id })) : [],
    }
    if (data.tasks.length + data.runners.length > 0) yield { event: 'changes', data }
  }
}

async function projectsOf(db: Knex, user: number): Promise<Set<number>> {
  return new Set((await listProjectsOf(db, user)).map(({ id }) => id))
}

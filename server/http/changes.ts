/** What changes, for whoever has lists open. */
import { followNews, type News } from '../feed/news.ts'
import type { Knex } from '../store/owned.ts'
import { listProjectsOf } from '../store/projects.ts'
import { findUser } from '../store/users.ts'
import type { HttpContext } from './context.ts'
import type { ServerEvent } from './event-stream.ts'

/** A busy server tells each viewer this often what to look at again. */
const everyMs = 300

/** Only what `user` may see at that moment; ends when there is no such user any more. */
export async function* changesFor(
  { store, clock }: HttpContext,
  user: number,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const sleep = (ms: number, signal: AbortSignal) => clock.sleep(ms, signal)
  for await (const news of followNews(store, { everyMs, sleep }, signal)) {
    const data = await visible(store.read, user, news)
    if (data === undefined) return
    if (data.tasks.length + data.runners.length > 0) yield { event: 'changes', data }
  }
}

async function visible(db: Knex, id: number, { tasks, runners }: News) {
  const user = await findUser(db, id)
  if (user === undefined) return undefined
  const projects = user.admin ? undefined : await projectsOf(db, id)
  return {
    tasks: [...tasks]
      .filter(([project_id]) => projects?.has(project_id) ?? true)
      .flatMap(([project_id, ids]) => [...ids].map((id) => ({ id, project_id }))),
    // Who may not list runners still sees them at work: a task names its runner.
    runners: user.admin ? [...runners].map((id) => ({ id })) : [],
  }
}

async function projectsOf(db: Knex, user: number): Promise<Set<number>> {
  return new Set((await listProjectsOf(db, user)).map(({ id }) => id))
}

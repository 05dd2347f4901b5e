/** What was said to online runners and not answered: offers without claim, cancels without result. */
import type { Knex } from 'knex'

interface Said {
  task: number
  attempt: number
  runner: number
}

/** @param before only offers made before this wall-clock time, ms. */
export async function unanswered(
  db: Knex,
  before: number,
): Promise<{ offers: Said[]; cancels: (Said & { force: boolean })[] }> {
  const attempts = () =>
    db('attempts as a')
      .join('runners as r', 'r.id', 'a.runner_id')
      .join('tasks as t', 't.id', 'a.task_id')
      .where('r.online', true)
      .select('a.task_id as task', 'a.attempt', 'a.runner_id as runner')
  const offers = await attempts().where('a.phase', 'offered').where('a.offered', '<=', before)
  const cancels = await attempts()
    .whereIn('a.phase', ['claimed', 'started'])
    .whereNot('t.cancel', '')
    .select('t.cancel')
  return {
    offers,
    cancels: cancels.map(({ cancel, ...said }) => ({ ...said, force: cancel === 'kill' })),
  }
}

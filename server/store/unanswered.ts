/** What was said to online runners and not answered: offers without claim, cancels and answers. */
import type { Knex } from 'knex'

interface Said {
  task: number
  attempt: number
  runner: number
}

interface Unanswered {
  offers: Said[]
  cancels: (Said & { force: boolean })[]
  answers: (Said & { confirmed: boolean })[]
}

export async function unanswered(db: Knex): Promise<Unanswered> {
  const attempts = () =>
    db('attempts as a')
      .join('runners as r', 'r.id', 'a.runner_id')
      .join('tasks as t', 't.id', 'a.task_id')
      .where('r.online', true)
      .select('a.task_id as task', 'a.attempt', 'a.runner_id as runner')
  const offers = await attempts().where('a.phase', 'offered')
  const cancels = await attempts()
    .whereIn('a.phase', ['claimed', 'started'])
    .whereNot('t.cancel', '')
    .select('t.cancel')
  const answers = await attempts()
    .where('a.phase', 'started')
    .whereIn('a.confirmation', ['confirmed', 'rejected'])
    .where('t.cancel', '')
    .select('a.confirmation')
  return {
    offers,
    answers: answers.map(({ confirmation, ...said }) => ({
      ...said,
      confirmed: confirmation === 'confirmed',
    })),
    cancels: cancels.map(({ cancel, ...said }) => ({ ...said, force: cancel === 'kill' })),
  }
}

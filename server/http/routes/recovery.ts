import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { settleReview, verdicts } from '../../dispatch/settle-review.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Count, Id, Text } from '../fields.ts'
import { recorder } from '../record.ts'
import { Recovery, recoveryView } from '../recovery-view.ts'

const Verdict = Type.Object({
  verdict: Type.Enum(verdicts),
  /** What it is about; without a task: everything that it can be said of. */
  task_id: Type.Optional(Id),
  attempt: Type.Optional(Id),
  runner_id: Type.Optional(Id),
})
const Settled = Type.Object({
  decided: Count,
  /** One line for each that could not be decided so. */
  left: Type.Array(Text),
})
const tags = ['recovery']
const admin = { access: 'admin' } as const

/** What waits for a person since the database was put back from a backup. */
export function recoveryRoutes(app: App, context: HttpContext): void {
  const { store, clock } = context
  const record = recorder(context)

  app.get(
    '/api/recovery',
    {
      config: admin,
      schema: { tags, summary: 'What waits since a restore', response: { 200: Recovery } },
    },
    () => recoveryView(store.read),
  )

  app.post(
    '/api/recovery',
    {
      config: admin,
      schema: {
        tags,
        summary: 'Decide: adopt or forget attempts, release or cancel tasks',
        body: Verdict,
        response: { 200: Settled },
      },
    },
    async (request) => {
      const { verdict, task_id: task, attempt, runner_id: runner } = request.body
      if (task === undefined && attempt !== undefined) {
        throw new AppError('invalid', 'task_id: expected the task of the attempt, got nothing')
      }
      const chosen = { task, attempt, runner }
      return await settleReview(store, verdict, chosen, clock.now(), (tx, { decided }) => {
        const deed = { type: 'recovery', id: task ?? null, done: `${verdict}: ${decided} decided` }
        return record(tx, request, deed)
      })
    },
  )
}

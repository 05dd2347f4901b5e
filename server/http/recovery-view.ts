import Type from 'typebox'
import { readReview } from '../dispatch/review.ts'
import type { Knex } from '../store/owned.ts'
import { Id, iso, isoOrNull, Nullable, Text, Time } from './fields.ts'

const ReviewedAttemptView = Type.Object({
  runner_id: Id,
  task_id: Id,
  attempt: Id,
  /** How it stands on the runner: accepted, started, ended. */
  phase: Text,
  since: Time,
  /** What speaks against adopting it; null = nothing. */
  not_adoptable: Nullable(Text),
})
const HeldTaskView = Type.Object({
  id: Id,
  project_id: Id,
  template_id: Id,
  status: Text,
  /** The last attempt, 0 if it was never handed out. */
  attempt: Type.Integer(),
  /** Why it waits for a person. */
  held: Text,
})

export const Recovery = Type.Object({
  /** True while something waits for a person. */
  review: Type.Boolean(),
  /** When it was noticed last that the database had been put back; null = never. */
  since: Nullable(Time),
  /** By what. */
  found: Type.Array(Text),
  attempts: Type.Array(ReviewedAttemptView),
  tasks: Type.Array(HeldTaskView),
})

export async function recoveryView(db: Knex): Promise<Type.Static<typeof Recovery>> {
  const { restore, attempts, tasks } = await readReview(db)
  return {
    review: attempts.length + tasks.length > 0,
    since: isoOrNull(restore?.found_at ?? null),
    found: restore?.found?.split('\n') ?? [],
    attempts: attempts.map(({ notAdoptable, ...row }) => {
      return { ...row, since: iso(row.since), not_adoptable: notAdoptable ?? null }
    }),
    tasks: tasks.map((task) => ({ ...task, held: task.held ?? '' })),
  }
}

import type { Knex } from 'knex'
import type { SilenceRules } from '../core/silence.ts'

/** What the task's template says of silent runners; `graceMs` undefined = the server's own setting. */
export async function silenceRulesOf(
  db: Knex,
  task: number,
): Promise<SilenceRules & { graceMs: number | undefined }> {
  const row = await db('tasks as t')
    .join('templates as m', 'm.id', 't.template_id')
    .where('t.id', task)
    .first('m.silence_policy', 'm.silence_grace_sec', 'm.idempotent', 'm.max_requeues')
  return {
    policy: row?.silence_policy ?? 'fail',
    idempotent: Boolean(row?.idempotent),
    maxRequeues: row?.max_requeues ?? 0,
    graceMs: row?.silence_grace_sec == null ? undefined : row.silence_grace_sec * 1000,
  }
}

/** What a task's tool counted: part of the result of its current attempt. */
import type { Knex } from 'knex'
import type { Summary } from '../../broker/summary.ts'
import type { TaskRow } from './tasks.ts'
import type { AttemptRow } from './views.ts'

/** null until there is a result, and for tools that count nothing. */
export async function readSummary(
  db: Knex,
  { id, attempt }: Pick<TaskRow, 'id' | 'attempt'>,
): Promise<Summary | null> {
  const row = await db<AttemptRow>('attempts').where({ task_id: id, attempt }).first('result')
  return row?.result ? (JSON.parse(row.result).summary ?? null) : null
}

import type { RunnerRow } from '../store/runners.ts'
import type { Deed, Doer } from './record.ts'

/** What became of a runner, for the events of its project. @param actor null: its machine itself */
export function runnerDeed(
  actor: Doer['actor'],
  { id, name, project_id }: RunnerRow,
  done: string,
): [Doer, Deed] {
  const project = project_id === null ? null : { id: project_id }
  return [
    { actor, project },
    { type: 'runner', id, name, done },
  ]
}

/** What a request says of a project, and a project as the API shows it. */
import Type from 'typebox'
import type { ProjectRow } from '../store/projects.ts'
import { Count, Id, iso, Maybe, Name, Nullable, PathIds, Text, Time } from './fields.ts'

export const ProjectBody = Type.Object({
  id: PathIds.id,
  name: Name,
  alert: Type.Optional(Type.Boolean()),
  alert_chat: Maybe(Type.String({ maxLength: 255 })),
  max_parallel_tasks: Type.Optional(Count),
})

export const ProjectView = Type.Object({
  id: Id,
  name: Name,
  alert: Type.Boolean(),
  alert_chat: Nullable(Text),
  /** 0 = no limit */
  max_parallel_tasks: Count,
  /** Semaphore's kinds of projects; there is one here. */
  type: Type.Literal(''),
  created: Time,
})

export function projectColumns(
  body: Type.Static<typeof ProjectBody>,
): Omit<ProjectRow, 'id' | 'created'> {
  return {
    name: body.name,
    alert: body.alert ?? false,
    alert_chat: body.alert_chat ?? null,
    max_parallel_tasks: body.max_parallel_tasks ?? 0,
  }
}

export function projectView(row: ProjectRow): Type.Static<typeof ProjectView> {
  return { ...row, type: '', created: iso(row.created) }
}

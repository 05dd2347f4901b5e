import Type from 'typebox'
import { Summary } from '../../broker/summary.ts'
import type { Knex } from '../store/owned.ts'
import type { TaskRow } from '../store/tasks.ts'
import { type TemplateLabel, templateLabels } from '../store/templates.ts'
import { userNames } from '../store/users.ts'
import { Id, iso, isoOrNull, Maybe, Nullable, Text, Time } from './fields.ts'

const Texts = Type.Array(Text)
const Flag = Type.Boolean()
/** The switches of one run: Ansible's, and those of Terraform and its kin. */
export const TaskParams = Type.Object({
  limit: Type.Optional(Texts),
  tags: Type.Optional(Texts),
  skip_tags: Type.Optional(Texts),
  skip_galaxy_install: Type.Optional(Flag),
  debug: Type.Optional(Flag),
  debug_level: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
  dry_run: Type.Optional(Flag),
  diff: Type.Optional(Flag),
  /** Plan only. */
  plan: Type.Optional(Flag),
  destroy: Type.Optional(Flag),
  auto_approve: Type.Optional(Flag),
  upgrade: Type.Optional(Flag),
  reconfigure: Type.Optional(Flag),
})

/** The same in a request: clients written in Go send null for an empty list. */
export const AskedParams = Type.Object({
  ...TaskParams.properties,
  limit: Maybe(Texts),
  tags: Maybe(Texts),
  skip_tags: Maybe(Texts),
})

/** A task as the API shows it; its survey secrets have no place in it. */
export const TaskView = Type.Object({
  id: Id,
  project_id: Id,
  template_id: Id,
  tpl_alias: Text,
  tpl_playbook: Text,
  tpl_app: Text,
  tpl_type: Text,
  user_id: Nullable(Id),
  user_name: Nullable(Text),
  /** Who confirmed or rejected it. */
  answered_by: Nullable(Id),
  answered_by_name: Nullable(Text),
  /** By which schedule it was started. */
  schedule_id: Nullable(Id),
  /** By which integration. */
  integration_id: Nullable(Id),
  status: Text,
  message: Text,
  playbook: Text,
  environment: Text,
  arguments: Text,
  git_branch: Text,
  inventory_id: Nullable(Id),
  params: TaskParams,
  /** `params.limit` as older clients know it. */
  limit: Text,
  version: Text,
  incoming_version: Text,
  /** The build that it deploys. */
  build_task_id: Nullable(Id),
  commit_hash: Nullable(Text),
  commit_message: Nullable(Text),
  created: Time,
  start: Nullable(Time),
  end: Nullable(Time),
  /** 1, 2, ..: how often it was handed to a runner. */
  attempt: Type.Integer(),
  runner_id: Nullable(Id),
  /** Its runner says nothing since then; null while it does. */
  unreachable_since: Nullable(Time),
  /** Why it waits for a person, since the database was put back; null = it does not. */
  held: Nullable(Text),
  exit_code: Nullable(Type.Integer()),
  /** One line for a person: why it failed or was stopped. */
  reason: Nullable(Text),
})

/** One task alone also shows what its tool counted. */
export const TaskDetail = Type.Object({
  ...TaskView.properties,
  /** null until there is a result, and for tools that count nothing. */
  summary: Nullable(Summary),
})

export type TaskView = Type.Static<typeof TaskView>

export async function taskViews(db: Knex, rows: readonly TaskRow[]): Promise<TaskView[]> {
  const labels = await templateLabels(
    db,
    rows.map((row) => row.template_id),
  )
  const names = await userNames(
    db,
    rows.flatMap(({ user_id, answered_by }) => [user_id ?? [], answered_by ?? []].flat()),
  )
  return rows.map((row) => {
    return taskView(row, labels.get(row.template_id), (id) => names.get(id))
  })
}

/** @param template undefined if it is gone, as may be whom `nameOf` names */
export function taskView(
  row: TaskRow,
  template: TemplateLabel | undefined,
  nameOf: (user: number) => string | undefined,
): TaskView {
  const params: Type.Static<typeof TaskParams> = JSON.parse(row.params)
  const named = (user: number | null) => (user === null ? null : (nameOf(user) ?? null))
  return {
    ...row,
    tpl_alias: template?.name ?? '',
    tpl_playbook: template?.playbook ?? '',
    tpl_app: template?.app ?? '',
    tpl_type: template?.type ?? '',
    user_name: named(row.user_id),
    answered_by_name: named(row.answered_by),
    params,
    limit: (params.limit ?? []).join(','),
    created: iso(row.created),
    start: isoOrNull(row.start),
    end: isoOrNull(row.end),
    unreachable_since: isoOrNull(row.unreachable_since),
  }
}

import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import {
  addSchedule,
  changeSchedule,
  nextRuns,
  type ScheduleColumns,
} from '../../dispatch/plan-schedule.ts'
import type { Tx } from '../../store/commit.ts'
import { expectOwned } from '../../store/owned.ts'
import { repositories } from '../../store/repositories.ts'
import { type ScheduleRow, schedules, schedulesOf } from '../../store/schedules.ts'
import { templateLabels, templates } from '../../store/templates.ts'
import { projectOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, iso, isoOrNull, Maybe, MaybeId, Nullable, PathIds, Text, Time } from '../fields.ts'
import { recorder } from '../record.ts'
import { resourceRoutes } from '../resource.ts'
import { scheduledTask } from '../scheduled-task.ts'
import { choicesOf, TaskChoices } from '../task-choices.ts'

const CronFormat = Type.String({ maxLength: 255 })
const Kind = Type.Enum(['', 'run_at'])
const Zone = Maybe(Type.String({ maxLength: 64 }))
const Flag = Maybe(Type.Boolean())
const Body = Type.Object({
  ...PathIds,
  name: Maybe(Type.String({ maxLength: 255 })),
  template_id: Id,
  /** A time starts a task only if its branch has a new commit; null or 0: each does. */
  repository_id: MaybeId,
  /** run_at: once, at that time. */
  type: Maybe(Kind),
  cron_format: Maybe(CronFormat),
  /** null = the server's, `schedule_timezone` of /api/info. */
  timezone: Zone,
  run_at: Maybe(Time),
  delete_after_run: Flag,
  /** false: a time that comes while the server is away is left out; otherwise it is made up for once. */
  run_missed: Flag,
  /** As in Semaphore, absent is false: its clients leave out what is false. */
  active: Flag,
  task_params: Maybe(TaskChoices),
})
const View = Type.Object({
  id: Id,
  project_id: Id,
  name: Text,
  template_id: Id,
  tpl_name: Text,
  repository_id: Nullable(Id),
  type: Kind,
  cron_format: Text,
  timezone: Nullable(Text),
  run_at: Nullable(Time),
  delete_after_run: Type.Boolean(),
  run_missed: Type.Boolean(),
  active: Type.Boolean(),
  next_run: Nullable(Time),
  last_run: Nullable(Time),
  /** Why the last time that came brought no task. */
  trouble: Nullable(Text),
  task_params: TaskChoices,
})
const all = '/api/project/:project_id/schedules'
const tags = ['schedules']
const shown = 5

export function scheduleRoutes(app: App, context: HttpContext): void {
  const { store, cipher, config, clock } = context
  const record = recorder(context)
  const planning = () => ({ timezone: config.schedule.timezone, now: clock.now() })

  resourceRoutes(app, context, {
    path: 'schedules',
    noun: 'schedule',
    body: Body,
    view: View,
    table: schedules,
    sorts: { name: 'name', template: 'template_id', next_run: 'next_run' },
    async show(db, rows) {
      const ids = rows.map(({ template_id }) => template_id)
      const labels = await templateLabels(db, ids)
      return rows.map((row) => viewOf(row, labels.get(row.template_id)?.name ?? ''))
    },
    async insert(tx, project, body) {
      const columns = await checked(tx, project, body)
      return await addSchedule(tx, project, columns, planning())
    },
    async update(tx, row, body) {
      const { timezone, run_missed, repository_id } = row
      // Clients that do not know these must not reset them.
      const kept = { timezone, run_missed, repository_id }
      const columns = await checked(tx, row.project_id, { ...kept, ...body })
      await changeSchedule(tx, row, columns, planning())
    },
  })

  app.put(
    `${all}/:id/active`,
    {
      config: { access: 'project:manage' },
      schema: {
        tags,
        summary: 'Switch on or off: schedule',
        params: Type.Object({ project_id: Id, id: Id }),
        body: Type.Object({ active: Flag }),
      },
    },
    async (request, reply) => {
      const { project_id, id } = request.params
      const active = request.body.active ?? false
      await store.commit(async (tx) => {
        const row = await schedules.find(tx.db, project_id, id)
        if (row === undefined) throw new AppError('not_found', `schedule ${id}: not found`)
        await changeSchedule(tx, row, { active }, planning())
        const done = active ? 'switched on' : 'switched off'
        await record(tx, request, { type: 'schedule', id, name: row.name, done })
      })
      return reply.status(204).send()
    },
  )

  app.post(
    `${all}/validate`,
    {
      config: { access: 'project:manage' },
      schema: {
        tags,
        summary: 'Is this a cron format, and when does it run?',
        body: Type.Object({ cron_format: CronFormat, timezone: Zone }),
        response: { 200: Type.Object({ next_runs: Type.Array(Time) }) },
      },
    },
    async (request) => {
      const { cron_format, timezone } = request.body
      const named = { cron_format, timezone: timezone || null }
      return { next_runs: nextRuns(named, planning(), shown).map(iso) }
    },
  )

  app.get(
    '/api/project/:project_id/templates/:id/schedules',
    {
      config: { access: 'project:read' },
      schema: {
        tags,
        summary: 'List: schedules of a template',
        params: Type.Object({ project_id: Id, id: Id }),
        response: { 200: Type.Array(View) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const template = await templates.find(store.read, projectOf(request).id, id)
      if (template === undefined) throw new AppError('not_found', `template ${id}: not found`)
      const rows = await schedulesOf(store.read, id)
      return reply.send(rows.map((row) => viewOf(row, template.name)))
    },
  )

  /** @throws AppError `invalid` if its template would refuse the tasks */
  async function checked(tx: Tx, project_id: number, body: Type.Static<typeof Body>) {
    const columns = columnsOf(body)
    const { type, repository_id } = columns
    if (type === 'run_at' && repository_id !== null) {
      throw new AppError('invalid', 'repository_id: expected none, since the type is "run_at"')
    }
    await expectOwned(tx, repositories, project_id, 'repository_id', repository_id)
    await scheduledTask({ db: tx.db, cipher }, { project_id, ...columns })
    return columns
  }
}

function columnsOf(body: Type.Static<typeof Body>): ScheduleColumns {
  return {
    name: body.name ?? '',
    template_id: body.template_id,
    repository_id: body.repository_id || null,
    type: body.type ?? '',
    cron_format: body.cron_format ?? '',
    timezone: body.timezone || null,
    run_at: body.run_at ? Date.parse(body.run_at) : null,
    delete_after_run: body.delete_after_run ?? false,
    run_missed: body.run_missed ?? true,
    active: body.active ?? false,
    task_params: choicesOf(body.task_params),
  }
}

function viewOf(row: ScheduleRow, tpl_name: string): Type.Static<typeof View> {
  return {
    ...row,
    tpl_name,
    run_at: isoOrNull(row.run_at),
    next_run: isoOrNull(row.next_run),
    last_run: isoOrNull(row.last_run),
    task_params: row.task_params as TaskChoices,
  }
}

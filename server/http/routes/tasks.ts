import Type from 'typebox'
import { isFinal } from '../../../broker/states.ts'
import { AppError } from '../../../lib/errors.ts'
import { answerTask } from '../../dispatch/answer-task.ts'
import { startTask } from '../../dispatch/start-task.ts'
import { stopTask } from '../../dispatch/stop-task.ts'
import { readSummary } from '../../store/summaries.ts'
import { deleteTask, findTask, listTasks, setAnsweredBy, type TaskRow } from '../../store/tasks.ts'
import { actorOf, projectOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { expectStartable } from '../expect-startable.ts'
import { expectSameIds, Id } from '../fields.ts'
import { linkNext, pageQuery } from '../paging.ts'
import { recorder } from '../record.ts'
import { StartBody } from '../start-body.ts'
import { StartHeaders, startOnce } from '../start-once.ts'
import { taskOf } from '../task-request.ts'
import { TaskDetail, TaskView, taskView, taskViews } from '../task-view.ts'

export const TaskPath = Type.Object({ project_id: Id, task_id: Id })
const Query = Type.Object({
  ...pageQuery(10_000),
  template_id: Type.Optional(Id),
})
const tags = ['task']
const type = 'task'
const read = { access: 'project:read' } as const
const run = { access: 'project:run' } as const
const all = '/api/project/:project_id/tasks'
const one = `${all}/:task_id`

export function taskRoutes(app: App, context: HttpContext): void {
  const { store, cipher, clock } = context
  const record = recorder(context)

  for (const [url, most] of [
    [all, 1000],
    [`${all}/last`, 200],
  ] as const) {
    app.get(
      url,
      {
        config: read,
        schema: {
          tags,
          summary: `Tasks, newest first; ${most} unless "limit" says otherwise`,
          querystring: Query,
          response: { 200: Type.Array(TaskView) },
        },
      },
      async (request, reply) => {
        const { before, limit = most, template_id } = request.query
        const where = { project_id: projectOf(request).id, ...(template_id && { template_id }) }
        const rows = await listTasks(store.read, where, { before, limit })
        linkNext(request, reply, { rows, limit })
        return await taskViews(store.read, rows)
      },
    )
  }

  app.post(
    all,
    {
      config: run,
      schema: {
        tags,
        summary:
          'Start a task; sent again with the same Idempotency-Key, the one that it has started',
        headers: StartHeaders,
        body: StartBody,
        response: { 201: TaskView },
      },
    },
    async (request, reply) => {
      const { id } = projectOf(request)
      expectSameIds({ project_id: request.body.project_id }, { project_id: id })
      const user = actorOf(request)
      const parts = { db: store.read, cipher }
      const view = await startOnce(context, request, async (also) => {
        const { task, template } = await taskOf(parts, id, request.body)
        await expectStartable(parts, template, task)
        const asked = { ...task, user_id: user.id, created: clock.now() }
        const row = await startTask(store, asked, async (tx, row) => {
          await record(tx, request, { type, id: row.id, done: `started: ${template.name}` })
          await also(tx, row)
        })
        return taskView(row, template, () => user.name)
      })
      return reply.status(201).send(view)
    },
  )

  app.get(
    one,
    {
      config: read,
      schema: { tags, summary: 'Get a task', params: TaskPath, response: { 200: TaskDetail } },
    },
    async (request, reply) => {
      const row = await existing(context, request.params)
      const [view] = await taskViews(store.read, [row])
      const summary = await readSummary(store.read, row)
      return reply.send({ ...(view as TaskView), summary })
    },
  )

  app.post(
    `${one}/stop`,
    {
      config: run,
      schema: {
        tags,
        summary: 'Stop a task; "force" kills it at once',
        params: TaskPath,
        body: Type.Object({ force: Type.Optional(Type.Boolean()) }),
      },
    },
    async (request, reply) => {
      const { id } = await existing(context, request.params)
      const { force = false } = request.body
      const done = force ? 'stopped by force' : 'told to stop'
      await stopTask(store, id, { force, now: clock.now() }, (tx) =>
        record(tx, request, { type, id, done }),
      )
      return reply.status(204).send()
    },
  )

  for (const [verb, answer] of [
    ['confirm', 'confirmed'],
    ['reject', 'rejected'],
  ] as const) {
    app.post(
      `${one}/${verb}`,
      {
        config: run,
        schema: { tags, summary: `Say what a task waits for: ${verb}`, params: TaskPath },
      },
      async (request, reply) => {
        const { id } = await existing(context, request.params)
        await answerTask(store, id, { answer, now: clock.now() }, async (tx) => {
          await setAnsweredBy(tx, id, actorOf(request).id)
          await record(tx, request, { type, id, done: answer })
        })
        return reply.status(204).send()
      },
    )
  }

  app.delete(
    one,
    {
      config: { access: 'project:manage' },
      schema: { tags, summary: 'Delete a task that is over, with its log', params: TaskPath },
    },
    async (request, reply) => {
      const { id } = await existing(context, request.params)
      await store.commit(async (tx) => {
        const row = await findTask(tx.db, id)
        if (row !== undefined && !isFinal(row.status)) {
          throw new AppError('conflict', `task ${id} is ${row.status}`, { fix: 'stop it first' })
        }
        await deleteTask(tx.db, id)
        await record(tx, request, { type, id, done: 'deleted' })
      })
      return reply.status(204).send()
    },
  )
}

/** @throws AppError `not_found`, also if it is a task of another project */
export async function existing(
  { store }: HttpContext,
  { project_id, task_id }: Type.Static<typeof TaskPath>,
): Promise<TaskRow> {
  const row = await findTask(store.read, task_id)
  if (row?.project_id === project_id) return row
  throw new AppError('not_found', `task ${task_id}: not found`)
}

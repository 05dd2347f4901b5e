import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { stopTask } from '../../dispatch/stop-task.ts'
import type { Knex } from '../../store/owned.ts'
import { listProjects } from '../../store/projects.ts'
import { listRunners } from '../../store/runners.ts'
import { findTask, openTasks } from '../../store/tasks.ts'
import { userNames } from '../../store/users.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Text } from '../fields.ts'
import { recorder } from '../record.ts'

/** What is not known is not there, as Semaphore has it. */
const View = Type.Object({
  task_id: Id,
  project_id: Id,
  project_name: Type.Optional(Text),
  template_id: Id,
  username: Type.Optional(Text),
  status: Text,
  /** queue: nobody has it yet. */
  location: Type.Enum(['queue', 'running']),
  runner_id: Type.Optional(Id),
  runner_name: Type.Optional(Text),
})
const tags = ['task']
const admin = { access: 'admin' } as const

/** The tasks of all projects that are not over. */
export function openTaskRoutes(app: App, context: HttpContext): void {
  const { store, clock } = context
  const record = recorder(context)

  app.get(
    '/api/tasks',
    {
      config: admin,
      schema: {
        tags,
        summary: 'What waits and what runs, in all projects',
        response: { 200: Type.Array(View) },
      },
    },
    async () => await openTaskViews(store.read),
  )

  app.delete(
    '/api/tasks/:task_id',
    {
      config: admin,
      schema: { tags, summary: 'Stop a task of any project', params: Type.Object({ task_id: Id }) },
    },
    async (request, reply) => {
      const { task_id } = request.params
      const task = await findTask(store.read, task_id)
      if (task === undefined) throw new AppError('not_found', `task ${task_id}: not found`)
      const { actor } = request
      const by = { actor, project: { id: task.project_id } }
      await stopTask(store, task_id, { force: false, now: clock.now() }, (tx) =>
        record(tx, by, { type: 'task', id: task_id, done: 'told to stop' }),
      )
      return reply.status(204).send()
    },
  )
}

async function openTaskViews(db: Knex): Promise<Type.Static<typeof View>[]> {
  const tasks = await openTasks(db)
  const names = await userNames(
    db,
    tasks.flatMap(({ user_id }) => user_id ?? []),
  )
  const projects = new Map((await listProjects(db)).map(({ id, name }) => [id, name]))
  const runners = new Map((await listRunners(db)).map(({ id, name }) => [id, name]))
  return tasks.map(({ id, project_id, template_id, user_id, runner_id, status }) => ({
    task_id: id,
    project_id,
    template_id,
    status,
    location: status === 'waiting' ? 'queue' : 'running',
    ...named('project_name', projects.get(project_id)),
    ...named('username', names.get(user_id ?? 0)),
    ...(runner_id !== null && { runner_id, ...named('runner_name', runners.get(runner_id)) }),
  }))
}

function named<N extends string>(name: N, value: string | undefined): { [name in N]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [name in N]?: string })
}

import Type from 'typebox'
import {
  explainTask,
  type Finding,
  findingCodes,
  type ServerRules,
} from '../../dispatch/explain-task.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, isoOrNull, Nullable, Text, Time } from '../fields.ts'
import { existing, TaskPath } from './tasks.ts'

const View = Type.Object({
  code: Type.Enum(Object.keys(findingCodes)),
  /** A sentence for a person; its times are ISO 8601 in UTC. */
  text: Text,
  since: Nullable(Time),
  /** When it changes by itself. */
  until: Nullable(Time),
  runner_id: Nullable(Id),
  /** Another task, that stands in the way. */
  task_id: Nullable(Id),
})
export const Explanation = Type.Object({ task_id: Id, status: Text, findings: Type.Array(View) })

export function taskExplainRoutes(app: App, context: HttpContext): void {
  const { store, clock } = context

  app.get(
    '/api/project/:project_id/tasks/:task_id/explain',
    {
      config: { access: 'project:read' },
      schema: {
        tags: ['task'],
        summary: 'Why a task waits, or what is odd with it; most important first',
        params: TaskPath,
        response: { 200: Explanation },
      },
    },
    async (request) => {
      const { id, status } = await existing(context, request.params)
      const findings = await explainTask(store, id, rulesOf(context), clock.now())
      return { task_id: id, status, findings: findings.map(viewOf) }
    },
  )
}

function rulesOf({ store, config, silentMs, ready }: HttpContext): ServerRules {
  return {
    maxParallelTasks: config.max_parallel_tasks,
    graceMs: config.runners.task_fail_timeout_sec * 1000,
    maxDurationMs: config.max_task_duration_sec * 1000,
    silentMs,
    // What `paused` says names files, which are no business of a project.
    troubles: [...(store.paused ? ['its disk is full or fails'] : []), ...ready()],
  }
}

function viewOf({ code, text, since, until, runner, task }: Finding): Type.Static<typeof View> {
  return {
    code,
    text,
    since: isoOrNull(since ?? null),
    until: isoOrNull(until ?? null),
    runner_id: runner ?? null,
    task_id: task ?? null,
  }
}

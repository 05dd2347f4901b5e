import Type from 'typebox'
import { listRunners, type RunnerRow } from '../../store/runners.ts'
import { projectOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Text } from '../fields.ts'

const View = Type.Array(Type.Object({ tag: Text, number_of_runners: Type.Integer() }))
const tags = ['runner']

/** The tags that a template may ask for, as there is a runner that has them. */
export function runnerTagRoutes(app: App, { store }: HttpContext): void {
  app.get(
    '/api/runner_tags',
    {
      config: { access: 'admin' },
      schema: { tags, summary: 'Tags of the general runners', response: { 200: View } },
    },
    async () => tagCounts(await listRunners(store.read), null),
  )

  app.get(
    '/api/project/:project_id/runner_tags',
    {
      config: { access: 'project:read' },
      schema: {
        tags,
        summary: 'Tags of the runners that serve the project',
        response: { 200: View },
      },
    },
    async (request) => tagCounts(await listRunners(store.read), projectOf(request).id),
  )
}

/** Of general runners, and of those of `project`. */
function tagCounts(runners: readonly RunnerRow[], project: number | null) {
  const counts = new Map<string, number>()
  for (const { project_id, tags } of runners) {
    if (project_id !== null && project_id !== project) continue
    for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  }
  return [...counts].sort().map(([tag, number_of_runners]) => ({ tag, number_of_runners }))
}

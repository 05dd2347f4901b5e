import Type from 'typebox'
import { listRunners } from '../../store/runners.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Count, Id, iso, Time } from '../fields.ts'
import { existingRunner, RunnerPath } from './runners.ts'

const View = Type.Object({
  runner_id: Id,
  /** How often it came back in the last 24 hours. */
  flaps: Count,
  /** Of messages that it sent since midnight in UTC. */
  bytes: Count,
})
const Connection = Type.Object({ time: Time, state: Type.Enum(['connected', 'lost']) })
const tags = ['runner']
const admin = { access: 'admin' } as const

/** How good the links of runners are, as far as this start of the server has seen. */
export function runnerLinkRoutes(app: App, { store, links }: HttpContext): void {
  app.get(
    '/api/runner_links',
    {
      config: admin,
      schema: {
        tags,
        summary: 'Of each runner: how often it came back, and how much it sent today',
        response: { 200: Type.Array(View) },
      },
    },
    async () => {
      const all = await listRunners(store.read)
      return all.map(({ id }) => {
        const { flaps, bytes } = links.of(id)
        return { runner_id: id, flaps, bytes }
      })
    },
  )

  app.get(
    '/api/runners/:runner_id/connections',
    {
      config: admin,
      schema: {
        tags,
        summary: 'When a runner came and went, newest first',
        params: RunnerPath,
        response: { 200: Type.Array(Connection) },
      },
    },
    async (request) => {
      const { id } = await existingRunner(store.read, request.params.runner_id)
      // Whoever asks because of news is to find it.
      await links.idle()
      return links.of(id).connections.map(({ at, state }) => ({ time: iso(at), state }))
    },
  )
}

import Type from 'typebox'
import { connectionsKept, countLost, listConnections } from '../../store/connections.ts'
import { listRunners } from '../../store/runners.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Count, Id, iso, isoOrNull, Nullable, Time } from '../fields.ts'
import { existingRunner, RunnerPath } from './runners.ts'

const View = Type.Object({
  runner_id: Id,
  /** How often its link was lost in the last 24 hours. */
  flaps: Count,
  /** Of messages that it sent since midnight in UTC. */
  bytes: Type.Integer({ minimum: 0 }),
})
const Connection = Type.Object({
  start: Time,
  /** null = it is still there. */
  end: Nullable(Time),
  /** Why it ended: the link, a newer connection of the runner, or this server did. */
  cause: Nullable(Type.Enum(['lost', 'replaced', 'server'])),
})
const tags = ['runner']
const admin = { access: 'admin' } as const
const dayMs = 86_400_000

/** How good the links of runners are. Whoever asks because of news is to find it. */
export function runnerLinkRoutes(app: App, context: HttpContext): void {
  const { store, connections, traffic, clock } = context
  app.get(
    '/api/runner_links',
    {
      config: admin,
      schema: {
        tags,
        summary: 'Of each runner: how often its link was lost, and how much it sent today',
        response: { 200: Type.Array(View) },
      },
    },
    async () => {
      await connections.idle()
      const lost = await countLost(store.read, clock.now() - dayMs)
      const all = await listRunners(store.read)
      return all.map(({ id }) => ({
        runner_id: id,
        flaps: lost.get(id) ?? 0,
        bytes: traffic.of(id),
      }))
    },
  )

  app.get(
    '/api/runners/:runner_id/connections',
    {
      config: admin,
      schema: {
        tags,
        summary: `The last ${connectionsKept} connections of a runner, newest first`,
        params: RunnerPath,
        response: { 200: Type.Array(Connection) },
      },
    },
    async (request) => {
      const { id } = await existingRunner(store.read, request.params.runner_id)
      await connections.idle()
      const all = await listConnections(store.read, id)
      return all.map(({ start, end, cause }) => ({ start: iso(start), end: isoOrNull(end), cause }))
    },
  )
}

import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { countEnded, type DayCount, dayMs } from '../../store/task-stats.ts'
import { projectOf } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id, Nullable, Text } from '../fields.ts'

const Query = Type.Object({
  /** The first day that is counted, in UTC. */
  start: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
  template_id: Type.Optional(Id),
})
const Day = Type.Object({
  date: Text,
  count_by_status: Type.Record(Type.String(), Type.Integer()),
  /** Seconds, of those that had started; null = none had. */
  avg_duration: Nullable(Type.Integer()),
})
const usualDays = 30
const mostDays = 366

export function taskStatsRoutes(app: App, { store, clock }: HttpContext): void {
  app.get(
    '/api/project/:project_id/stats',
    {
      config: { access: 'project:read' },
      schema: {
        tags: ['task'],
        summary: `How tasks ended, and how long they took, by days; the last ${usualDays} unless "start" says otherwise`,
        params: Type.Object({ project_id: Id }),
        querystring: Query,
        response: { 200: Type.Array(Day) },
      },
    },
    async (request) => {
      const { start, template_id } = request.query
      const where = { project_id: projectOf(request).id, ...(template_id && { template_id }) }
      return daysOf(await countEnded(store.read, where, firstDay(start, clock.now())))
    },
  )
}

/** @throws AppError `invalid` for a day that is in no calendar. */
function firstDay(start: string | undefined, now: number): number {
  const today = now - (now % dayMs)
  if (start === undefined) return today - (usualDays - 1) * dayMs
  const wanted = Date.parse(`${start}T00:00:00Z`)
  if (Number.isNaN(wanted)) throw new AppError('invalid', `start: expected a day, got ${start}`)
  return Math.max(wanted, today - (mostDays - 1) * dayMs)
}

function daysOf(counts: readonly DayCount[]): Type.Static<typeof Day>[] {
  const days = [...new Set(counts.map(({ day }) => day))]
  return days.map((day) => {
    const ofDay = counts.filter((count) => count.day === day)
    const started = ofDay.reduce((sum, count) => sum + count.started, 0)
    const took = ofDay.reduce((sum, count) => sum + count.took, 0)
    return {
      date: new Date(day * dayMs).toISOString().slice(0, 10),
      count_by_status: Object.fromEntries(ofDay.map(({ status, tasks }) => [status, tasks])),
      avg_duration: started === 0 ? null : Math.round(took / started / 1000),
    }
  })
}

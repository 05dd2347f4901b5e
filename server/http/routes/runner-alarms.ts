import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { type AlarmKind, alarmKinds, clearAlarm, listAlarms } from '../../store/alarms.ts'
import { Alarm, alarmView } from '../alarm-view.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { Id } from '../fields.ts'
import { recorder } from '../record.ts'
import { existingRunner, RunnerPath } from './runners.ts'

const AlarmPath = Type.Object({
  runner_id: Id,
  kind: Type.Enum(Object.keys(alarmKinds) as AlarmKind[]),
})
const tags = ['runner']
const admin = { access: 'admin' } as const

export function runnerAlarmRoutes(app: App, context: HttpContext): void {
  const { store, clock } = context
  const record = recorder(context)

  app.get(
    '/api/runners/:runner_id/alarms',
    {
      config: admin,
      schema: {
        tags,
        summary: 'What is or was odd with a runner, the last of each kind, newest first',
        params: RunnerPath,
        response: { 200: Type.Array(Alarm) },
      },
    },
    async (request) => {
      const { id } = await existingRunner(store.read, request.params.runner_id)
      return (await listAlarms(store.read, id)).map(alarmView)
    },
  )

  app.delete(
    '/api/runners/:runner_id/alarms/:kind',
    {
      config: admin,
      schema: {
        tags,
        summary: 'Clear an alarm; it comes again if its cause does',
        params: AlarmPath,
      },
    },
    async (request, reply) => {
      const { runner_id, kind } = request.params
      const was = await store.commit(async (tx) => {
        const { id, name } = await existingRunner(tx.db, runner_id)
        const was = await clearAlarm(tx, id, kind, clock.now())
        const done = `cleared of the alarm ${kind}`
        if (was) await record(tx, request, { type: 'runner', id, name, done })
        return was
      })
      if (was) return reply.status(204).send()
      throw new AppError('not_found', `runner ${runner_id}: no alarm "${kind}" is up`)
    },
  )
}

/** Where other services knock. Who cannot show that it may learns nothing, not even which aliases there are. */
import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { startTask } from '../../dispatch/start-task.ts'
import {
  extractedValues,
  type IntegrationRow,
  integrationsBehind,
  matchers,
} from '../../store/integrations.ts'
import { openKey } from '../../store/keys.ts'
import type { TaskRow } from '../../store/tasks.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { expectStartable } from '../expect-startable.ts'
import { askedOf } from '../integrations/asked.ts'
import { type Incoming, matches } from '../integrations/request.ts'
import { isAllowed } from '../integrations/verify.ts'
import { recorder } from '../record.ts'
import { taskOf } from '../task-request.ts'
import { Throttle } from '../throttle.ts'

/** Bytes; GitHub's largest are 25 MB, and its usual ones some 10 kB. */
const bodyLimit = 1_048_576
const perMinute = 120

export function integrationReceiver(app: App, context: HttpContext): void {
  const { store, cipher, clock, log } = context
  const perAddress = new Throttle(perMinute, 60_000, clock)
  const record = recorder(context)

  void app.register((scope, _options, registered) => {
    // A signature is one of bytes, whatever they are called.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body)
    })
    ;(scope as unknown as App).post(
      '/api/integrations/:alias',
      {
        bodyLimit,
        config: { access: 'public' },
        schema: {
          tags: ['integrations'],
          summary: 'Start what an integration is for',
          params: Type.Object({ alias: Type.String() }),
        },
      },
      async (request, reply) => {
        perAddress.enter(request.ip)
        const { headers, body } = request
        const incoming = { headers, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) }
        const { ofProject, found } = await integrationsBehind(store.read, request.params.alias)
        const allowed: IntegrationRow[] = []
        for (const one of found) {
          const key = await openKey(store.read, cipher, one.auth_secret_id)
          if (isAllowed(one, key, incoming)) allowed.push(one)
        }
        if (allowed.length === 0) throw new AppError('not_found', 'no such integration')
        for (const one of allowed) {
          if (ofProject && !(await isMeant(one, incoming))) continue
          const task = await start(one, incoming)
          if (task !== undefined) void reply.headers(namesOf(task))
        }
        return reply.status(204).send()
      },
    )
    registered()
  })

  /** An alias of the project leads to many: each must say by what it knows its requests. */
  async function isMeant({ id }: IntegrationRow, incoming: Incoming): Promise<boolean> {
    const all = await matchers.list(store.read, id)
    return all.length > 0 && all.every((matcher) => matches(incoming, matcher))
  }

  /** The other service can do nothing about a refusal of the template: people find it in the events. */
  async function start(one: IntegrationRow, incoming: Incoming): Promise<TaskRow | undefined> {
    const { id, name, project_id } = one
    const nobody = { actor: null, project: { id: project_id } }
    try {
      const values = await extractedValues.list(store.read, id)
      const asked = askedOf(one, values, incoming)
      const parts = { db: store.read, cipher }
      const { task, template } = await taskOf(parts, project_id, asked)
      await expectStartable(parts, template, task)
      const whole = { ...task, integration_id: id, created: clock.now() }
      return await startTask(store, whole, (tx, row) =>
        record(tx, nobody, { type: 'task', id: row.id, done: `started: by integration ${name}` }),
      )
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'invalid') throw error
      log.warn('an integration started no task', { integration: id, reason: error.line })
      const done = `started no task: ${error.line}`
      await store.commit((tx) => record(tx, nobody, { type: 'integration', id, name, done }))
      return undefined
    }
  }
}

/** As Semaphore tells what was started. */
function namesOf(task: TaskRow): Record<string, string> {
  return {
    'x-semaphore-task-id': String(task.id),
    'x-semaphore-template-id': String(task.template_id),
    'x-semaphore-project-id': String(task.project_id),
    'x-semaphore-integration-id': String(task.integration_id),
  }
}

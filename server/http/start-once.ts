/**
 * A start that is sent again, since its answer was lost, is no second start: a client that makes up a key for it
 * (header Idempotency-Key) gets the task that the first one has started.
 */
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { AppError } from '../../lib/errors.ts'
import { type Also, nothingElse } from '../store/commit.ts'
import { findStart, insertStartKey, type StartKey } from '../store/start-keys.ts'
import { findTask, type TaskRow } from '../store/tasks.ts'
import { actorOf, projectOf } from './access.ts'
import type { HttpContext } from './context.ts'
import { type TaskView, taskViews } from './task-view.ts'

export const StartHeaders = Type.Object({
  /** Text of the client's own that is new for each start, such as a UUID; known for 24 hours. */
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' }),
  ),
})

type Start = (also: Also<TaskRow>) => Promise<TaskView>

/**
 * Calls `start`, unless the request has a key by which a task was started.
 * @param start to do what it is given in the transaction that makes the task
 * @throws AppError `reused` if something else was asked for by this key, `conflict` if the task is gone
 */
export async function startOnce(
  { store, clock }: Pick<HttpContext, 'store' | 'clock'>,
  request: FastifyRequest,
  start: Start,
): Promise<TaskView> {
  const by = keyOf(request)
  if (by === undefined) return await start(nothingElse)
  const asked = JSON.stringify(request.body)
  const earlier = async () => {
    const found = await findStart(store.read, by, asked, clock.now())
    if (found === undefined) return undefined
    const row = expectSame(found, await findTask(store.read, found.task))
    return (await taskViews(store.read, [row]))[0]
  }
  const before = await earlier()
  if (before !== undefined) return before
  let taken = false
  try {
    return await start(async (tx, { id }) => {
      taken = !(await insertStartKey(tx, by, asked, { task: id, now: clock.now() }))
      // Sent twice at once: this task is not made.
      if (taken) throw new AppError('conflict', 'a task is being started by this Idempotency-Key')
    })
  } catch (error) {
    const first = taken ? await earlier() : undefined
    if (first === undefined) throw error
    return first
  }
}

/** As a structured header it is in quotes, as most clients send it it is not. */
function keyOf(request: FastifyRequest): StartKey | undefined {
  const text = request.headers['idempotency-key']
  if (text === undefined) return undefined
  const key = String(text).replace(/^"(.+)"$/, '$1')
  return { project_id: projectOf(request).id, user_id: actorOf(request).id, key }
}

function expectSame(
  { task, same }: { task: number; same: boolean },
  row: TaskRow | undefined,
): TaskRow {
  if (!same) {
    throw new AppError('reused', `Idempotency-Key: it has started task ${task}, by another request`)
  }
  if (row !== undefined) return row
  throw new AppError('conflict', `Idempotency-Key: task ${task}, which it has started, was deleted`)
}

/** Starts a task over a link that may fail: asked again, the server knows the start by its key. */
import { randomUUID } from 'node:crypto'
import { systemClock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Client } from '../client.ts'
import type { Task } from './find.ts'

/** Until it is asked again, ms. */
const pauses = [500, 2000, 5000]

/** @throws AppError; `unavailable` if no answer came: then the task may have been started all the same */
export async function startTask(client: Client, project: number, body: unknown): Promise<Task> {
  const headers = { 'idempotency-key': randomUUID() }
  const ask = () => client.post<Task>(`/project/${project}/tasks`, body, headers)
  for (const pause of pauses) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unavailable') throw error
      console.error(`outstation: ${error.message}; asking again`)
      await systemClock.sleep(pause)
    }
  }
  return await ask()
}

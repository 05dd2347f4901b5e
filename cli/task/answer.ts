/** `outstation task confirm` and `outstation task reject` */
import { type ClientFlags, createClient } from '../client.ts'
import { findTask, pathOf } from './find.ts'

/** @throws AppError `conflict` if the task does not wait for it */
export async function answerTask(
  number: string,
  answer: 'confirm' | 'reject',
  flags: ClientFlags,
): Promise<void> {
  const client = createClient(flags, process.env)
  const task = await findTask(client, number)
  await client.post(`${pathOf(task)}/${answer}`, {})
  console.log(`task ${task.id}: ${answer}ed`)
}

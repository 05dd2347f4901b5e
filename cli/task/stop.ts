/** `outstation task stop` */
import { isFinal } from '../../broker/states.ts'
import { type ClientFlags, createClient } from '../client.ts'
import { findTask, pathOf } from './find.ts'

export interface StopFlags extends ClientFlags {
  force?: boolean
}

export async function stopTask(number: string, flags: StopFlags): Promise<void> {
  const client = createClient(flags, process.env)
  const task = await findTask(client, number)
  if (isFinal(task.status)) return console.log(`task ${task.id}: ${task.status} already`)
  await client.post(`${pathOf(task)}/stop`, { force: Boolean(flags.force) })
  console.log(`task ${task.id}: told to stop`)
}

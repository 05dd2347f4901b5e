/** `outstation task log` */
import { type ClientFlags, createClient } from '../client.ts'
import { wantsColour } from '../colour.ts'
import { print } from '../print.ts'
import { createTerminalText } from '../terminal-text.ts'
import { findTask, pathOf } from './find.ts'
import { follow } from './follow.ts'

export interface LogFlags extends ClientFlags {
  follow?: boolean
  json?: boolean
}

/** @throws AppError with --follow, if the task does not succeed */
export async function showLog(number: string, flags: LogFlags): Promise<void> {
  const client = createClient(flags, process.env)
  const task = await findTask(client, number)
  if (flags.follow) return await follow(client, task, { log: true })
  const part = flags.json ? 'output' : 'raw_output'
  const message = await client.stream(`${pathOf(task)}/${part}`, { accept: '*/*' })
  message.setEncoding('utf8')
  const filter = createTerminalText(wantsColour(process.stdout, process.env))
  for await (const piece of message) await print(flags.json ? piece : filter.push(piece))
  await print(flags.json ? '\n' : filter.end())
}

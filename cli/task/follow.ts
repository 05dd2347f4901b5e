/** A task in a terminal: its log on stdout, what becomes of it on stderr. */
import { AppError } from '../../lib/errors.ts'
import type { Client } from '../client.ts'
import { wantsColour } from '../colour.ts'
import { print } from '../print.ts'
import { createTerminalText, plainLine } from '../terminal-text.ts'
import { eventsOf } from './events.ts'
import { pathOf, type Task } from './find.ts'
import { summaryLine } from './summary.ts'
import { Why } from './why.ts'

export interface FollowOptions {
  /** False = wait for the end only. */
  log: boolean
}

/** Waits for the end. @throws AppError if the task did not succeed: the exit code is the task's. */
export async function follow(client: Client, task: Task, { log }: FollowOptions): Promise<void> {
  const colour = wantsColour(process.stdout, process.env)
  const filter = createTerminalText(colour)
  let end = { status: '', reason: null as string | null }
  const aside = (line: string) => {
    if (log || process.stderr.isTTY) process.stderr.write(`${line}\n`)
  }
  using why = new Why(client, task, aside)
  for await (const { event, data } of eventsOf(client, task)) {
    if (event === 'log') {
      if (log) await print(filter.push(data.output))
      continue
    }
    end = data
    aside(`task ${task.id}: ${data.status}`)
    why.follow(data.status)
  }
  if (log) await print(filter.end() + (colour ? '\x1b[0m' : ''))
  const { summary } = await client.get<Task>(pathOf(task))
  if (summary) process.stderr.write(`task ${task.id}: ${plainLine(summaryLine(summary))}\n`)
  if (end.status === 'success') return
  const reason = end.reason ? `: ${plainLine(end.reason)}` : ''
  throw new AppError('conflict', `task ${task.id} ended with ${end.status}${reason}`)
}

/** `outstation task show` */
import { type ClientFlags, createClient } from '../client.ts'
import { localTimes } from '../local-times.ts'
import { plainLine } from '../terminal-text.ts'
import { findTask, type Task } from './find.ts'

export interface TaskFlags extends ClientFlags {
  json?: boolean
}

export async function showTask(number: string, flags: TaskFlags): Promise<void> {
  const task = await findTask(createClient(flags, process.env), number)
  console.log(flags.json ? JSON.stringify(task) : linesOf(task).join('\n'))
}

function linesOf(task: Task): string[] {
  const { id, status, template_id, tpl_alias, user_name, runner_id, message, reason } = task
  const facts: [name: string, value: string | null | undefined][] = [
    ['Task', `${id}, ${status}`],
    ['Template', `${tpl_alias} (${template_id})`],
    ['Project', String(task.project_id)],
    ['By', user_name],
    ['Runner', runner_id === null ? null : String(runner_id)],
    ['Message', message],
    ['Asked for', timeOf(task.created)],
    ['Started', timeOf(task.start)],
    ['Ended', timeOf(task.end)],
    ['Reason', reason],
  ]
  return facts.flatMap(([name, value]) =>
    value ? [`${`${name}:`.padEnd(11)}${plainLine(value)}`] : [],
  )
}

function timeOf(at: string | null): string | null {
  return at === null ? null : localTimes(at, new Date())
}

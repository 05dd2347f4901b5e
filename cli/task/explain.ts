/** `outstation task explain` */
import { type Client, type ClientFlags, createClient } from '../client.ts'
import { localTimes } from '../local-times.ts'
import { plainLine } from '../terminal-text.ts'
import { findTask, pathOf, type Task } from './find.ts'

export interface Explanation {
  status: string
  /** Most important first; never empty while the task is not over. */
  findings: { code: string; text: string }[]
}

export interface ExplainFlags extends ClientFlags {
  json?: boolean
}

export async function explainTask(number: string, flags: ExplainFlags): Promise<void> {
  const client = createClient(flags, process.env)
  const task = await findTask(client, number)
  const explanation = await explanationOf(client, task)
  if (flags.json) return console.log(JSON.stringify(explanation))
  const { status, findings } = explanation
  console.log([`task ${task.id}: ${status}`, ...findings.map(line)].join('\n'))
}

export function explanationOf(
  client: Client,
  task: Pick<Task, 'project_id' | 'id'>,
): Promise<Explanation> {
  return client.get<Explanation>(`${pathOf(task)}/explain`)
}

/** Names of runners and reasons come from elsewhere: nothing of them reaches the terminal as a command. */
export function sentence({ text }: { text: string }): string {
  return plainLine(localTimes(text, new Date()))
}

function line(finding: { text: string }): string {
  return `- ${sentence(finding)}`
}

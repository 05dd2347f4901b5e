/** `outstation recovery adopt`, `forget`, `release`, `cancel` */
import { AppError } from '../../lib/errors.ts'
import { type ClientFlags, createClient } from '../client.ts'
import { plainLine } from '../terminal-text.ts'

/** Of a held task. */
export interface HeldFlags extends ClientFlags {
  all?: boolean
}

/** Of what a runner has. */
export interface AttemptFlags extends HeldFlags {
  attempt?: string
  runner?: string
}

/** What `POST /api/recovery` answers. */
interface Settled {
  decided: number
  left: string[]
}

type Task = string | undefined

export const adopt = (task: Task, flags: AttemptFlags) => settle('adopt', task, flags)
export const forget = (task: Task, flags: AttemptFlags) => settle('forget', task, flags)
export const release = (task: Task, flags: HeldFlags) => settle('release', task, flags)
export const cancel = (task: Task, flags: HeldFlags) => settle('cancel', task, flags)

async function settle(verdict: string, task: Task, flags: AttemptFlags): Promise<void> {
  if ((task === undefined) === !flags.all) {
    throw new AppError('usage', 'expected the number of a task, or --all')
  }
  const { decided, left } = await createClient(flags, process.env).post<Settled>('/recovery', {
    verdict,
    task_id: numberOf('task', task),
    attempt: numberOf('--attempt', flags.attempt),
    runner_id: numberOf('--runner', flags.runner),
  })
  console.log(`${verdict}: ${decided} decided`)
  for (const line of left) console.log(`left: ${plainLine(line)}`)
}

function numberOf(what: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new AppError('usage', `${what}: expected a number, got "${text}"`)
}

/** `outstation recovery show` */
import { type ClientFlags, createClient } from '../client.ts'
import { localTimes } from '../local-times.ts'
import { tableOf } from '../table.ts'
import { plainLine } from '../terminal-text.ts'

/** What `GET /api/recovery` answers. */
interface Recovery {
  review: boolean
  since: string | null
  found: string[]
  attempts: {
    runner_id: number
    task_id: number
    attempt: number
    phase: string
    since: string
    not_adoptable: string | null
  }[]
  tasks: { id: number; status: string; attempt: number; held: string }[]
}

export interface ShowFlags extends ClientFlags {
  json?: boolean
}

export async function showRecovery(flags: ShowFlags): Promise<void> {
  const client = createClient(flags, process.env)
  const recovery = await client.get<Recovery>('/recovery')
  if (flags.json) return console.log(JSON.stringify(recovery))
  const paragraphs = [...head(recovery), ...attempts(recovery), ...tasks(recovery)]
  console.log(paragraphs.join('\n\n'))
}

function head({ review, since, found }: Recovery): string[] {
  if (since === null) return ['Nothing: the database was never found to be an old one.']
  const what = `${localTimes(since, new Date())}: the database was put back from a backup.`
  const lines = found.map((line) => `- ${plainLine(line)}`)
  return [[what, ...lines].join('\n'), ...(review ? [] : ['Nothing waits for you.'])]
}

function attempts({ attempts }: Recovery): string[] {
  if (attempts.length === 0) return []
  const rows = attempts.map(({ task_id, attempt, runner_id, phase, not_adoptable }) => {
    return [task_id, attempt, runner_id, phase, not_adoptable ?? 'adopt or forget']
  })
  const table = tableOf(['TASK', 'ATTEMPT', 'RUNNER', 'THERE', 'TO DECIDE'], rows)
  return [`Attempts that runners have and this database did not give out:\n${table}`]
}

function tasks({ tasks }: Recovery): string[] {
  if (tasks.length === 0) return []
  const rows = tasks.map(({ id, status, attempt, held }) => [id, status, attempt, held])
  const table = tableOf(['TASK', 'STATUS', 'ATTEMPTS', 'WHY'], rows)
  return [`Tasks that are held; release or cancel them:\n${table}`]
}

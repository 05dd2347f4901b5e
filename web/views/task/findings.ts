import { useEffect } from 'preact/hooks'
import { useLive } from '../../api/live.ts'
import type { Finding, TaskStatus } from '../../api/task-records.ts'

/** What it waits for may change without a word of the server: another task ends, a runner comes. */
const lookAgainMs = 5000

/** Why a task waits, or what is odd with it; most important first. @param path of the task in the API */
export function useFindings(path: string, status: TaskStatus): Finding[] {
  const explained = useLive<{ findings: Finding[] }>(`${path}/explain`, () => true)
  useEffect(() => {
    explained.again()
    const timer = setInterval(() => explained.again(), lookAgainMs)
    return () => clearInterval(timer)
  }, [path, status])
  return explained.data.value?.findings ?? []
}

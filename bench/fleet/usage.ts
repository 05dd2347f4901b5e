/** What a process has used so far, as Linux counts it. */
import { readFileSync } from 'node:fs'

export interface Usage {
  /** Of all its threads, ms. */
  cpu: number
  /** MB: now, and at most so far. */
  memory: number
  peak: number
}

/** sysconf(_SC_CLK_TCK), 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

export function usageOf(pid: number): Usage {
  // The second field, the name of the program, may hold spaces: what counts begins behind its bracket.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const [user, system] = [Number(stat[11]), Number(stat[12])]
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024)
  return {
    cpu: ((user + system) / ticksPerSecond) * 1000,
    memory: megabytes('VmRSS'),
    peak: megabytes('VmHWM'),
  }
}

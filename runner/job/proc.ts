/** The processes of this machine as /proc(5) tells them; none where there is no /proc. */
import { readdirSync, readFileSync } from 'node:fs'

export interface Process {
  pid: number
  parent: number
  group: number
  session: number
  /** Name of its program, at most 15 bytes. */
  name: string
}

/** Every process but this one and zombies, which are dead and only wait to be counted. */
export function processes(): Process[] {
  return pids().flatMap((pid) => {
    const stat = read(`/proc/${pid}/stat`)
    const end = stat.lastIndexOf(')')
    const [state, parent, group, session] = stat.slice(end + 2).split(' ')
    if (stat === '' || state === 'Z' || state === 'X') return []
    const name = stat.slice(stat.indexOf('(') + 1, end)
    return [{ pid, parent: Number(parent), group: Number(group), session: Number(session), name }]
  })
}

/** Value of a variable in the environment that the process was started with. */
export function variableOf(pid: number, name: string): string | undefined {
  const start = `${name}=`
  const found = read(`/proc/${pid}/environ`)
    .split('\0')
    .find((entry) => entry.startsWith(start))
  return found?.slice(start.length)
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && pid !== process.pid)
  } catch {
    return []
  }
}

/** '' when it has just ended or belongs to another user. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

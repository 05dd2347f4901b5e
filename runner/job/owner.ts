/**
 * Who made a file or a process: `<pid>-<start time>` of the runner. Linux never gives that pair
 * twice while it is up, so what carries the stamp of a dead runner may be removed by anyone, and
 * nothing has to be written down for it before a crash.
 */
import { readFileSync } from 'node:fs'

/** The stamp of this process. */
export const ownerStamp = `${process.pid}-${startOf(process.pid)}`

/** A stamp anywhere in a name or value. */
export const stampPattern = /(\d+)-(\d+)/

/** false only when the process that the stamp names is gone for certain. */
export function ownerIsAlive(stamp: string): boolean {
  const [pid = 0, start = ''] = stamp.split('-').map((part, index) => (index ? part : Number(part)))
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return startOf(Number(pid)) === start
}

/** Start time in clock ticks since boot (proc(5), field 22); '0' where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
  } catch {
    return '0'
  }
}

/**
 * After a runner was killed: its tasks' processes, control groups and secrets are still there. Each
 * carries the stamp of the dead runner. Called once at start, before the first job.
 */
import type { Clock } from '../../lib/clock.ts'
import { sweepCgroups } from './cgroup.ts'
import type { Limit } from './limits.ts'
import { markerName } from './marker.ts'
import { ownerIsAlive, stampPattern } from './owner.ts'
import { processes, variableOf } from './proc.ts'
import { sweepSecrets } from './secret-folder.ts'

/** Returns how many processes were ended. Resolves when none is left, or after 5 s. */
export async function endLeftovers(
  tmpPath: string,
  clock: Clock,
  limits?: readonly Limit[],
): Promise<number> {
  const ended = new Set<number>()
  for (let looks = 0; looks < 100; looks++) {
    const orphans = processes().filter(({ pid }) => isOrphan(pid))
    if (orphans.length === 0) break
    for (const { pid } of orphans) {
      ended.add(pid)
      kill(pid)
    }
    await clock.sleep(50)
  }
  sweepCgroups(limits)
  await sweepSecrets(tmpPath)
  return ended.size
}

function isOrphan(pid: number): boolean {
  const stamp = stampPattern.exec(variableOf(pid, markerName) ?? '')?.[0]
  return stamp !== undefined && !ownerIsAlive(stamp)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

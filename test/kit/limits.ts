/** Whether the kernel keeps limits here. */
import { lineOf } from '../../lib/errors.ts'
import { openCgroup } from '../../runner/job/cgroup.ts'
import { prepareLimits } from '../../runner/job/limits.ts'

/** Why they cannot be tested here, or false. */
export const noLimits = whyNot()
if (noLimits && process.env.CI) throw new Error(noLimits)

function whyNot(): string | false {
  try {
    openCgroup('test', prepareLimits({ memory_mb: 64, cpus: 0.5, pids: 40 }))?.close()
    return false
  } catch (error) {
    return lineOf(error)
  }
}

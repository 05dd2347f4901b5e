/** The longest first: they run a few at a time. */
import type { Scenario } from '../scenario.ts'
import { setClocks } from './clocks.ts'
import { cutLinks } from './cuts.ts'
import { firstStart } from './first-start.ts'
import { freezeProcesses } from './freezes.ts'
import { fsyncErrors } from './fsync-errors.ts'
import { fsyncPoints } from './fsync-points.ts'
import { fullDisk } from './full-disk.ts'
import { killProcesses } from './kills.ts'
import { losePackets } from './loss.ts'

export const scenarios: readonly Scenario[] = [
  cutLinks,
  losePackets,
  killProcesses,
  fsyncPoints,
  fullDisk,
  fsyncErrors,
  setClocks,
  freezeProcesses,
  firstStart,
] as readonly Scenario[]

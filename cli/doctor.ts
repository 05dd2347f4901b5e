/** `outstation runner doctor` */
import { systemClock } from '../lib/clock.ts'
import type { Finding } from '../runner/doctor/finding.ts'
import { examine } from '../runner/doctor.ts'
import { type ConfigFlags, runnerConfig } from './config/load.ts'
import { plainLine } from './terminal-text.ts'

export interface DoctorFlags extends ConfigFlags {
  json?: boolean
}

/** A line for each finding as it comes; exit code 1 if one has failed. */
export async function examineRunner(flags: DoctorFlags): Promise<void> {
  const findings: Finding[] = []
  for await (const finding of examine(runnerConfig(flags), systemClock)) {
    findings.push(finding)
    if (!flags.json) console.log(lineOf(finding))
  }
  if (flags.json) console.log(JSON.stringify(findings))
  if (findings.some(({ state }) => state === 'failed')) process.exitCode = 1
}

function lineOf({ check, state, says, fix }: Finding): string {
  const advice = fix === undefined ? '' : `; ${fix}`
  return `${state.padEnd(7)}  ${check.padEnd(13)}  ${plainLine(`${says}${advice}`)}`
}

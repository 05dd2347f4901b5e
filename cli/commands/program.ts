import sade, { type Sade } from 'sade'
import { version } from '../../lib/version.ts'

export const bin = 'outstation'

/** Adds its commands. */
export type Group = (program: Sade) => void

export function createProgram(groups: readonly Group[]): Sade {
  const program = sade(bin).version(version)
  for (const add of groups) add(program)
  return program
}

/**
 * Programs that this machine may lack. With the real one on PATH a suite runs against it; without,
 * that part is skipped by name, and a stand-in of test/fixtures/programs/recorded does what the
 * program's documentation says of arguments, environment and exit codes.
 */
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'

const folder = join(import.meta.dirname, '../../../fixtures/programs/recorded')

/** PATH with the stand-ins first. */
export const recordedPath = [folder, process.env.PATH].join(delimiter)

/** PATH with the stand-ins of what is not there. */
export const pathWithStandIns = [process.env.PATH, folder].join(delimiter)

/** The reason to skip what needs the real program, or false. */
export function unlessThere(program: string): string | false {
  return spawnSync(program, ['--version']).error ? `${program} is not installed` : false
}

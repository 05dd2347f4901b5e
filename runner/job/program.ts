/** Whether a program is there before it is started, where its absence could not be told afterwards. */
import { accessSync, constants, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** @param path PATH as the command will have it */
export function isThere(program: string, folder: string, path: string): boolean {
  if (program.includes('/')) return isProgram(resolve(folder, program))
  return path.split(':').some((place) => isProgram(join(resolve(folder, place), program)))
}

function isProgram(path: string): boolean {
  try {
    // What is not there is no error here: of ten folders nine do not have it.
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

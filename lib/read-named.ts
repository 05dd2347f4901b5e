import { readFileSync } from 'node:fs'
import { AppError, systemCode } from './errors.ts'

/**
 * The text of a file that a flag or setting names, without the line break at its end.
 * @throws AppError `config` that says which name led to which file
 */
export function readNamed(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new AppError('config', `${name}: ${file}: cannot be read (${systemCode(cause)})`, {
      cause,
    })
  }
}

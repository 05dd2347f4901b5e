/** Changes one setting in a file that a person wrote: comments stay, and the layout of JSON. */
import { readFileSync } from 'node:fs'
import { writePrivate } from '../private-file.ts'
import { formatOf } from './format.ts'

/**
 * @param path dotted
 * @param value undefined removes the setting
 */
export function setInFile(file: string, path: string, value: unknown): void {
  const text = readFileSync(file, 'utf8')
  writePrivate(file, formatOf(file).set(text, path.split('.'), value))
}

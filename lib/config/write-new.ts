/** A new configuration file: private, and never in place of another one's only copy. */
import { existsSync, readFileSync } from 'node:fs'
import { writePrivate } from '../private-file.ts'
import { formatOf } from './format.ts'

/**
 * @param text JSON with comments, whose lines are their own
 * @returns where the former file was kept, if there was one
 */
export function writeNew(file: string, text: string): string | undefined {
  const kept = existsSync(file) ? `${file}.bak` : undefined
  if (kept !== undefined) writePrivate(kept, readFileSync(file, 'utf8'))
  writePrivate(file, formatOf(file).fromJson(text))
  return kept
}

/** Changes one setting in a file that a person wrote: comments and layout stay as they are. */
import { readFileSync } from 'node:fs'
import { applyEdits, modify } from 'jsonc-parser'
import { writePrivate } from '../private-file.ts'

/** @param value undefined removes the setting */
export function setInText(text: string, path: string, value: unknown): string {
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' }
  return applyEdits(text, modify(text, path.split('.'), value, { formattingOptions }))
}

export function setInFile(file: string, path: string, value: unknown): void {
  writePrivate(file, setInText(readFileSync(file, 'utf8'), path, value))
}

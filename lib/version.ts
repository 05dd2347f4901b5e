import { readFileSync } from 'node:fs'

/** The version in package.json: beside the sources, or one folder up from `dist`. */
export const version: string = read()

function read(): string {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')).version
    } catch {
      // Not there: the next place.
    }
  }
  return 'unknown'
}

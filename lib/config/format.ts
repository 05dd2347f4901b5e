/** The two ways to write a configuration: JSON with comments, and YAML where the file's name says so. */
import { extname } from 'node:path'
import { jsonFormat } from './json.ts'
import type { Problem } from './problems.ts'
import { yamlFormat } from './yaml.ts'

export interface Content {
  value: unknown
  /** Dotted path of each setting -> the line where it stands, from 1. */
  lines: ReadonlyMap<string, number>
}

export interface Format {
  /** What follows the first mistake of syntax is mostly its echo: one is told. */
  parse(text: string): Content | Problem
  /** The same text with one setting changed: comments stay. `value` undefined = without it. */
  set(text: string, path: readonly string[], value: unknown): string
  /** What `setup` writes as JSON, a setting or a comment on each line, in this format. */
  fromJson(text: string): string
}

export const endings = ['.json', '.yaml', '.yml'] as const

export function formatOf(file: string): Format {
  return ['.yaml', '.yml'].includes(extname(file).toLowerCase()) ? yamlFormat : jsonFormat
}
